// A peer of the origin's Redis tier: the same job as such services usually do it. Express 4, ioredis, the token verified by
// jsonwebtoken, memberships remembered, the page parsed and sent by res.json.
//
// Environment: PORT, REDIS_PORT, JWT_SECRET, PROCESSES, MEMBERS (JSON: workspace → users).
import cluster from "node:cluster";
import express from "express";
import { Redis } from "ioredis";
import jwt from "jsonwebtoken";

const { PORT, REDIS_PORT, JWT_SECRET, PROCESSES, MEMBERS } = process.env;
const processes = Number(PROCESSES);

if (processes > 1 && cluster.isPrimary) {
  for (let n = 0; n < processes; n += 1) cluster.fork();
} else {
  serve();
}

function serve() {
  const redis = new Redis(Number(REDIS_PORT), "127.0.0.1");
  const members = new Map(Object.entries(JSON.parse(MEMBERS)).map(([id, users]) => [id, new Set(users)]));
  const app = express();
  app.disable("x-powered-by");

  app.get("/api/boards/:boardId/contacts", async (req, res) => {
    const began = performance.now();
    let user;
    try {
      const token = req.get("Authorization").replace(/^Bearer /, "");
      user = jwt.verify(token, JWT_SECRET, { algorithms: ["HS256"], audience: "authenticated" }).sub;
    } catch {
      return res.status(401).json({ success: false });
    }
    const workspace = req.get("X-Workspace-ID");
    if (!members.get(workspace)?.has(user)) return res.status(403).json({ success: false });
    const { page = 1, per_page = 50, filter = "all" } = req.query;
    const cached = await redis.get(`bench:contacts:${workspace}:${req.params.boardId}:${filter}:${page}:${per_page}`);
    if (cached === null) return res.status(404).json({ success: false });
    const { contacts, pagination, storedAt } = JSON.parse(cached);
    const _cache = {
      status: "HIT",
      source: "redis",
      ttl: 180,
      age: Math.floor((Date.now() - storedAt) / 1000),
      response_time_ms: Math.round(performance.now() - began),
    };
    return res.set("Cache-Control", "private, no-cache").json({ success: true, data: { contacts, pagination, _cache } });
  });

  app.listen(Number(PORT), "127.0.0.1");
}

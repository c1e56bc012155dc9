//! One kept connection: sends a request that is bytes already, reads the answer to its end, checks its status.
//!
//! It knows as much of HTTP/1.1 as servers here use: `Content-Length`, or chunks. A body whose length is known is received and not copied
//! (`MSG_TRUNC`, tcp(7)): the load runs on the machine that is measured, and one thread that copied every body would be what is measured.

use anyhow::{Context as _, Result, bail, ensure};
use rustix::net::RecvFlags;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;

use super::Target;

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// How much is read at once while a head is read, in bytes: it has some hundred, and what is read of the body is copied.
const READ: usize = 1024;
/// How much is received at once of a body, in bytes: one of 20 KB comes in one piece where it can.
const BUFFER: usize = 64 * 1024;

pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    pub(super) async fn open(target: &Target) -> Result<Self> {
        let stream = TcpStream::connect(target.addr).await.context("the server cannot be reached")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER], filled: 0 })
    }

    /// Asks and waits for the last byte of the answer.
    pub(super) async fn ask(&mut self, request: &[u8], status: u16) -> Result<()> {
        self.stream.write_all(request).await?;
        let head_len = loop {
            if let Some(end) = find(&self.buffer[..self.filled], b"\r\n\r\n") {
                break end + 4;
            }
            ensure!(self.filled < MAX_HEAD, "the head of the answer is too long");
            self.fill().await?;
        };
        let head = Head::parse(&self.buffer[..head_len])?;
        ensure!(head.status == status, "answered {} in place of {status}", head.status);
        self.consume(head_len);
        match head.length {
            Length::Known(length) => self.skip(length).await,
            Length::Chunked => self.skip_chunks().await,
        }
    }

    async fn fill(&mut self) -> Result<()> {
        let until = self.buffer.len().min(self.filled + READ);
        let read = self.stream.read(&mut self.buffer[self.filled..until]).await?;
        ensure!(read > 0, "the connection was closed");
        self.filled += read;
        Ok(())
    }

    fn consume(&mut self, count: usize) {
        if count < self.filled {
            self.buffer.copy_within(count..self.filled, 0);
        }
        self.filled -= count;
    }

    async fn skip(&mut self, mut length: usize) -> Result<()> {
        let here = length.min(self.filled);
        self.consume(here);
        length -= here;
        while length > 0 {
            length -= self.discard(length).await?;
        }
        Ok(())
    }

    /// Receives some of so many bytes, at least one, and throws them away where they are. To be called while nothing is left of what was read.
    async fn discard(&mut self, most: usize) -> Result<usize> {
        let Self { stream, buffer, .. } = self;
        let buffer = &mut buffer[..most.min(BUFFER)];
        let receive = || Ok(rustix::net::recv(&*stream, &mut *buffer, RecvFlags::TRUNC)?.0);
        let received = stream.async_io(Interest::READABLE, receive).await?;
        ensure!(received > 0, "the connection was closed");
        Ok(received)
    }

    async fn skip_chunks(&mut self) -> Result<()> {
        loop {
            let line_len = loop {
                if let Some(end) = find(&self.buffer[..self.filled], b"\r\n") {
                    break end;
                }
                self.fill().await?;
            };
            let size = std::str::from_utf8(&self.buffer[..line_len])?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
            self.consume(line_len + 2);
            self.skip(size + 2).await?;
            if size == 0 {
                return Ok(());
            }
        }
    }
}

enum Length {
    Known(usize),
    Chunked,
}

struct Head {
    status: u16,
    length: Length,
}

impl Head {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes).context("the head of the answer is not text")?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?.parse()?;
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            if name.eq_ignore_ascii_case("content-length") {
                return Ok(Self { status, length: Length::Known(value.trim().parse()?) });
            }
            if name.eq_ignore_ascii_case("transfer-encoding") && value.trim().eq_ignore_ascii_case("chunked")
            {
                return Ok(Self { status, length: Length::Chunked });
            }
        }
        if status == 204 || status == 304 {
            return Ok(Self { status, length: Length::Known(0) });
        }
        bail!("the answer does not say how long it is")
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A server that sends these pieces, one for each request, however they are cut.
    async fn answered(pieces: &'static [&'static [u8]]) -> Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let target = Target { addr: listener.local_addr()?, requests: [].into(), status: 200 };
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            for piece in pieces {
                stream.write_all(piece).await.expect("the client reads");
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            let _ = stream.read(&mut [0; 64]).await;
        });
        let mut connection = Connection::open(&target).await?;
        connection.ask(b"GET / HTTP/1.1\r\n\r\n", 200).await?;
        ensure!(connection.filled == 0, "{} bytes are left over", connection.filled);
        Ok(())
    }

    #[tokio::test]
    async fn an_answer_is_read_to_its_end_however_it_is_cut() {
        answered(&[b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"]).await.unwrap();
        answered(&[b"HTTP/1.1 200 OK\r\ncontent-le", b"ngth: 5\r\n\r\nhe", b"llo"]).await.unwrap();
        answered(&[
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            b"lo\r\n3\r\nabc\r\n0\r\n",
            b"\r\n",
        ])
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn another_status_is_an_error() {
        assert!(answered(&[b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"]).await.is_err());
    }
}

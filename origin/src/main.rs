//! Starts the origin: configuration from the environment, logs to standard error as JSON.

use std::process::ExitCode;

use origin::config::Config;
use origin::trace::log_line::LogLine;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::JsonFields;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .fmt_fields(JsonFields::new())
        .event_format(LogLine::default())
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(std::io::stderr)
        .init();
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("origin: {error}");
            return ExitCode::from(2);
        }
    };
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("origin: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(config: Config) -> anyhow::Result<()> {
    origin::server::serve(config).await
}

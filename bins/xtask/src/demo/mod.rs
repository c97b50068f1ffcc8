//! `cargo xtask demo`: the product does its main job on real servers, told step by step.

mod platform;
mod story;
mod terminal;

use clap::Args;

use crate::{process, testbed, workspace};

use self::platform::Platform;

/// What to do when the story is told.
#[derive(Args)]
pub(crate) struct Options {
    /// Leave everything running until Ctrl-C, and print how to reach it.
    #[arg(long)]
    keep: bool,
}

/// Why the demo did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A server could not be built.
    #[error("the testbed is not ready")]
    Testbed(#[from] testbed::Error),
    /// The servers did not start.
    #[error("the testbed did not start")]
    Start(#[from] dploy_k8s::testing::Error),
    /// The identity provider did not start.
    #[error("the identity provider did not start")]
    Provider(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A program or a file failed.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// A program of ours ended, or is not ready in time; the end of its log.
    #[error("{program} is not ready\n{log}")]
    NotReady { program: &'static str, log: String },
    /// Something of the story did not happen in time.
    #[error("it did not happen within {seconds} s: {what}")]
    Late { what: String, seconds: u64 },
    /// Something was left over at the end.
    #[error("left over:\n{0}")]
    LeftOver(String),
}

/// Builds everything, starts it, and tells the story; Ctrl-C ends it and cleans up.
pub(crate) fn run(options: &Options) -> Result<(), Error> {
    terminal::heading("build the programs and the servers they need");
    let mut build = std::process::Command::new(workspace::cargo());
    build.current_dir(workspace::root()).args([
        "build",
        "--quiet",
        "-p",
        "dploy-operator",
        "-p",
        "dploy-api",
        "-p",
        "dploy-cli",
    ]);
    process::run(&mut build)?;
    testbed::build(false)?;
    let runtime = tokio::runtime::Runtime::new().map_err(process::Error::file("the runtime"))?;
    runtime.block_on(async {
        tokio::select! {
            told = tell(options) => told,
            _ = tokio::signal::ctrl_c() => {
                println!("\nstopped; everything that was started is gone");
                Ok(())
            }
        }
    })
}

async fn tell(options: &Options) -> Result<(), Error> {
    let platform = Platform::start().await?;
    story::tell(&platform, options.keep).await?;
    if options.keep {
        platform.describe();
        std::future::pending::<()>().await;
    }
    Ok(())
}

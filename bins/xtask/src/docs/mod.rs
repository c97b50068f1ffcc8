//! `cargo xtask docs`: the documents and tables that are made from the code.

mod functions;
mod readme;

use std::{fs, path::Path};

use crate::process;

/// Why the documents are not as the code says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file failed.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// The place of a table is missing.
    #[error("README.md has no `<!-- generated: {0} -->` followed by `<!-- end -->`")]
    NoPlace(&'static str),
    /// An example cannot be rendered.
    #[error("the example of the function {name}")]
    Example {
        /// The function.
        name: &'static str,
        /// What is wrong with it.
        #[source]
        cause: Box<dploy_template::Error>,
    },
    /// A document is older than the code.
    #[error("{0} is not as the code says; run `cargo xtask docs`")]
    Stale(&'static str),
}

/// Writes the documents, or with `check` only tells whether they are up to date.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), Error> {
    update(root, "README.md", check, readme::with_tables)?;
    update(root, "dploy-template/docs/functions.md", check, |_| functions::page())
}

fn update(
    root: &Path,
    name: &'static str,
    check: bool,
    made: impl FnOnce(&str) -> Result<String, Error>,
) -> Result<(), Error> {
    let path = root.join(name);
    let before = fs::read_to_string(&path).map_err(process::Error::file(&path))?;
    let after = made(&before)?;
    if after == before {
        return Ok(());
    }
    if check {
        return Err(Error::Stale(name));
    }
    fs::write(&path, after).map_err(process::Error::file(&path))?;
    Ok(())
}

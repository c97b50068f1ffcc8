use std::{
    env,
    path::{Path, PathBuf},
};

use super::Error;

/// The supervisor of all other programs.
pub(super) const SUPERVISOR: &str = "testbed-supervisor";

/// The folder `cargo xtask testbed build` fills: `dploy/testbed/assets` in the user's cache folder.
///
/// The cache folder is `XDG_CACHE_HOME`, or `.cache` in `HOME`; `None` if neither is set.
#[must_use]
pub fn assets_folder() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("dploy").join("testbed").join("assets"))
}

/// Finds one file of the testbed: in `KUBEBUILDER_ASSETS`, then `PATH`, then [`assets_folder`].
#[must_use]
pub fn locate(name: &str) -> Option<PathBuf> {
    let mut folders = Vec::new();
    folders.extend(env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from));
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    folders.extend(assets_folder());
    find(name, &folders)
}

fn find(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let present = |folder: &PathBuf| Some(folder.join(name)).filter(|path| path.is_file());
    folders.iter().filter(|folder| !folder.as_os_str().is_empty()).find_map(present)
}

/// Checks that all files are there, and names every one that is not.
pub(super) fn require(names: &[&str]) -> Result<(), Error> {
    let missing: Vec<String> =
        names.iter().filter(|name| locate(name).is_none()).map(|name| (*name).to_owned()).collect();
    if missing.is_empty() { Ok(()) } else { Err(Error::Missing { names: missing }) }
}

/// The path of one file, as text for an argument list.
pub(super) fn path(name: &str) -> Result<String, Error> {
    locate(name).map(|path| text(&path)).ok_or_else(|| Error::Missing { names: vec![name.to_owned()] })
}

/// The content of one data file.
pub(super) fn read(name: &str) -> Result<String, Error> {
    let path = path(name)?;
    std::fs::read_to_string(&path).map_err(|source| Error::File { path: path.into(), source })
}

/// A path as an argument; the testbed's own paths are UTF-8.
pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_that_has_a_file_wins() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(b.path().join("etcd"), "").unwrap();
        let folders = [PathBuf::new(), a.path().to_owned(), b.path().to_owned()];
        assert_eq!(find("etcd", &folders), Some(b.path().join("etcd")));
        std::fs::write(a.path().join("etcd"), "").unwrap();
        assert_eq!(find("etcd", &folders), Some(a.path().join("etcd")));
    }

    #[test]
    fn the_error_names_what_is_missing_and_how_to_get_it() {
        let error = require(&["no-such-server", "nor-this"]).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("no-such-server, nor-this not found: run `cargo xtask testbed build`"), "{text}");
        assert!(error.is_missing() && !text.contains('\n'));
    }
}

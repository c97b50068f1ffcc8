//! Where the programs are, and which Debian package has them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Error;

/// The supervisor of all other programs.
pub(crate) const SUPERVISOR: &str = "testbed-supervisor";

/// What to do about a program of the testbed that is missing.
const BUILD: &str = "run `cargo xtask testbed build`, or name a folder that has them in KUBEBUILDER_ASSETS";

const BUILD_LONG: &str = "run `cargo xtask testbed build --long`, or name a folder that has it in KUBEBUILDER_ASSETS";

/// What the servers need of the machine.
const NEEDS: [(&str, &str, &[&str]); 4] = [
    ("PostgreSQL", "postgresql-15", &POSTGRES),
    ("git", "git", &["git"]),
    ("OpenSSH's server", "openssh-server", &["sshd"]),
    ("OpenSSH's client", "openssh-client", &["ssh", "ssh-keygen"]),
];

/// The programs of PostgreSQL that tests run.
pub(crate) const POSTGRES: [&str; 5] = ["initdb", "postgres", "pg_ctl", "pg_isready", "psql"];

/// A part of the machine that the servers need, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// What it is: `PostgreSQL`.
    pub name: &'static str,
    /// The Debian package that has it.
    pub package: &'static str,
    /// Where its first program is, if all of them are there.
    pub path: Option<PathBuf>,
}

/// What the servers need of the machine, in the order in which a table shows it.
#[must_use]
pub fn requirements() -> Vec<Requirement> {
    let folders = folders();
    let path = |programs: &[&str]| all(programs, &folders).and_then(|paths| paths.into_iter().next());
    NEEDS.iter().map(|(name, package, programs)| Requirement { name, package, path: path(programs) }).collect()
}

/// Finds one program that `cargo xtask testbed build` makes, where `dploy_k8s::testing` finds its own:
/// in `KUBEBUILDER_ASSETS`, then `PATH`, then `dploy/testbed/assets` in the user's cache folder.
pub(crate) fn built(name: &str) -> Result<PathBuf, Error> {
    built_by(name, BUILD)
}

/// Like [`built`], for a program that only long tests need.
pub(crate) fn built_long(name: &str) -> Result<PathBuf, Error> {
    built_by(name, BUILD_LONG)
}

fn built_by(name: &str, remedy: &str) -> Result<PathBuf, Error> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    let mut folders: Vec<PathBuf> = set("KUBEBUILDER_ASSETS").into_iter().collect();
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    folders.extend(cache.map(|cache| cache.join("dploy").join("testbed").join("assets")));
    find(name, &folders).ok_or_else(|| Error::Missing { names: vec![name.to_owned()], remedy: remedy.to_owned() })
}

/// The paths of programs, from one folder if one has them all, or the names of those that are missing.
pub(crate) fn installed<const N: usize>(names: [&'static str; N]) -> Result<[PathBuf; N], Error> {
    let folders = folders();
    if let Some(found) = all(&names, &folders).and_then(|paths| <[PathBuf; N]>::try_from(paths).ok()) {
        return Ok(found);
    }
    let missing: Vec<&str> = names.into_iter().filter(|name| find(name, &folders).is_none()).collect();
    let needed = NEEDS.iter().filter(|(_, _, programs)| programs.iter().any(|name| missing.contains(name)));
    let packages: Vec<&str> = needed.map(|(_, package, _)| *package).collect();
    Err(Error::Missing {
        names: missing.into_iter().map(str::to_owned).collect(),
        remedy: format!("install the Debian package {}", packages.join(" ")),
    })
}

/// The paths of programs that are all there, from the first folder that has them all, if there is one.
fn all(names: &[&str], folders: &[PathBuf]) -> Option<Vec<PathBuf>> {
    let together = folders.iter().find(|folder| names.iter().all(|name| folder.join(name).is_file()));
    match together {
        Some(folder) => Some(names.iter().map(|name| folder.join(name)).collect()),
        None => names.iter().map(|name| find(name, folders)).collect(),
    }
}

/// Debian keeps the servers' programs of PostgreSQL and of OpenSSH out of a user's `PATH`.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("PATH").iter().flat_map(env::split_paths).collect();
    folders.retain(|folder| !folder.as_os_str().is_empty());
    folders.extend(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from));
    folders.extend(postgres_folders(Path::new("/usr/lib/postgresql")));
    folders
}

/// The folders of PostgreSQL's programs, version 15 first, then the newest.
fn postgres_folders(root: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<u32> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable_by_key(|version| (*version != 15, u32::MAX - version));
    versions.iter().map(|version| root.join(version.to_string()).join("bin")).collect()
}

fn find(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let present = |folder: &PathBuf| Some(folder.join(name)).filter(|path| path.is_file());
    folders.iter().filter(|folder| !folder.as_os_str().is_empty()).find_map(present)
}

/// A path as an argument; the testbed's own paths are UTF-8.
pub(crate) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Runs a program to its end and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, Error> {
    let program = command.get_program().to_owned();
    let output = command.output().map_err(Error::file(&program))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let first: Vec<String> = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    Err(Error::Failed {
        program: format!("{} {}", program.to_string_lossy(), first.join(" ")),
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_15_of_postgresql_comes_before_newer_and_older_ones() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "13", "15", "17", "unknown"] {
            fs::create_dir(root.path().join(version)).unwrap();
        }
        let folders = postgres_folders(root.path());
        let names: Vec<_> = folders.iter().map(|folder| folder.parent().unwrap().file_name().unwrap()).collect();
        assert_eq!(names, ["15", "17", "13", "9"]);
    }

    #[test]
    fn the_error_names_what_is_missing_and_how_to_get_it() {
        let error = built("no-such-server").unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("no-such-server not found: run `cargo xtask testbed build`"), "{text}");
        assert!(error.is_missing() && !text.contains('\n'));
        let error = installed(["no-such-program"]).unwrap_err();
        assert!(error.is_missing(), "{error}");
    }
}

//! What `dploy dev` says: the commands that take a version from draft to a commit.

use std::{collections::BTreeSet, env, fs, path::Path};

use super::{Folder, SAMPLE};

/// This program as a shell finds it: by its name where that leads here, else by its path.
pub(super) fn program() -> String {
    const NAME: &str = "dploy";
    let Ok(own) = env::current_exe() else { return NAME.to_owned() };
    let found = env::var_os("PATH")
        .and_then(|path| env::split_paths(&path).map(|folder| folder.join(NAME)).find(|candidate| candidate.is_file()));
    let real = |path: &Path| fs::canonicalize(path).ok();
    match found.filter(|found| real(found) == real(&own)) {
        Some(_) => NAME.to_owned(),
        None => quoted(&own),
    }
}

/// What the first version is called.
const FIRST: &str = "v1";

/// The first of v1, v2 and so on that is not there yet.
pub(super) fn next(known: &BTreeSet<&str>) -> String {
    (1_u64..).map(|number| format!("v{number}")).find(|name| !known.contains(name.as_str())).unwrap_or_default()
}

/// The tour, with a version that is not there yet.
pub(super) fn text(folder: &Folder, url: &str, program: &str, version: &str) -> String {
    let (key, manifests, gitops) = (quoted(&folder.key_file()), quoted(&folder.manifests()), quoted(&folder.gitops()));
    let again = match version {
        FIRST => String::new(),
        _ => format!("Change something in {manifests} first: what is there already makes no new commit. "),
    };
    format!(
        "the release service runs at {url}; its interface is described at {url}/docs\n\n\
         In another terminal, a version from draft to a commit:\n\n\
         export DPLOY_SERVER={url} DPLOY_API_KEY=\"$(cat {key})\"\n\
         {program} forge init --app {SAMPLE} --version {version}\n\
         {program} forge upload {manifests}\n\
         {program} forge publish\n\
         {program} releases deploy {SAMPLE} {version} --env staging --confirm --wait\n\n\
         {again}The commit is on the branch main of {gitops}. Ctrl-C ends the service; the next start goes on with its data."
    )
}

/// A path as one word of a shell (POSIX, 2.2.2).
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_is_a_new_one() {
        assert_eq!(next(&BTreeSet::new()), "v1");
        assert_eq!(next(&BTreeSet::from(["v2", "v1", "v4", "1.0.0"])), "v3");
    }

    #[test]
    fn paths_are_one_word_each() {
        assert_eq!(quoted(Path::new("/srv/dploy/key")), "/srv/dploy/key");
        assert_eq!(quoted(Path::new("/my files/it's")), r"'/my files/it'\''s'");
    }
}

//! What `dploy dev` says: the commands that take a version from draft to a commit.

use std::{env, path::Path};

use super::{Folder, SAMPLE};

/// This program as a shell finds it.
pub(super) fn program() -> String {
    let path = env::current_exe().ok();
    path.map_or_else(|| "dploy".to_owned(), |path| quoted(&path))
}

/// The tour, with a version that is not there yet.
pub(super) fn text(folder: &Folder, url: &str, program: &str, version: &str) -> String {
    let (key, manifests, gitops) = (quoted(&folder.key_file()), quoted(&folder.manifests()), quoted(&folder.gitops()));
    format!(
        "the release service runs at {url}; its interface is described at {url}/docs\n\n\
         In another terminal, a version from draft to a commit:\n\n\
         export DPLOY_SERVER={url} DPLOY_API_KEY=\"$(cat {key})\"\n\
         {program} forge init --app {SAMPLE} --version {version}\n\
         {program} forge upload {manifests}\n\
         {program} forge publish\n\
         {program} releases deploy {SAMPLE} {version} --env staging --confirm --wait\n\n\
         The commit is on the branch main of {gitops}. Ctrl-C ends the service; the next start goes on with its data."
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
    fn paths_are_one_word_each() {
        assert_eq!(quoted(Path::new("/srv/dploy/key")), "/srv/dploy/key");
        assert_eq!(quoted(Path::new("/my files/it's")), r"'/my files/it'\''s'");
    }
}

use crate::{
    environments::template::{Chart, ChartSource, GitReference},
    name::is_subdomain,
};

const ACCEPTED: &str = "must be host/org/repo/path@revision, such as github.com/org/charts/charts/vscode@main";

/// Reads `host/org/repo/path@revision`: a folder of a git repository that is reached by https.
pub(super) fn parse(text: &str) -> Result<Chart, String> {
    let refused = |why: &str| format!("{ACCEPTED}, not \"{text}\": {why}");
    if text.contains("://") {
        return Err(refused("it is written without a scheme"));
    }
    let (place, revision) = text.split_once('@').unwrap_or((text, "HEAD"));
    let parts: Vec<&str> = place.split('/').collect();
    let [host, org, repo, path @ ..] = &parts[..] else {
        return Err(refused("host, org and repo are needed"));
    };
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    if !is_subdomain(name) || port.parse::<u16>().is_err() {
        return Err(refused("the host is none"));
    }
    if [org, repo].into_iter().chain(path).any(|part| !is_segment(part)) {
        return Err(refused("org, repo and path are made of letters, digits, dots, - and _"));
    }
    if !is_revision(revision) {
        return Err(refused("the revision is no branch, tag or commit"));
    }
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    Ok(Chart {
        repo_url: format!("https://{host}/{org}/{repo}.git"),
        secret: None,
        source: ChartSource::Git { path: path.join("/"), reference: reference(revision) },
    })
}

/// The file does not tell branches from tags; Argo CD finds out.
fn reference(revision: &str) -> GitReference {
    let commit = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    if commit { GitReference::Commit(revision.to_owned()) } else { GitReference::Name(revision.to_owned()) }
}

fn is_segment(part: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !part.is_empty() && part != "." && part != ".." && part.bytes().all(known)
}

/// What git accepts as the name of a reference, as far as it matters here (git-check-ref-format(1)).
fn is_revision(text: &str) -> bool {
    let refused = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\@".contains(c);
    !text.is_empty() && !text.contains("..") && !text.starts_with(['-', '/']) && !text.contains(refused)
}

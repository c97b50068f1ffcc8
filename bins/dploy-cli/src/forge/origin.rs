//! Where a version comes from: options, then variables of the build pipeline, then the repository of the folder.
//!
//! | | GitHub Actions, Forgejo | GitLab | Circle CI | Buildkite | Bitbucket | Azure | Drone | Jenkins | `git` |
//! |---|---|---|---|---|---|---|---|---|---|
//! | commit | `GITHUB_SHA` | `CI_COMMIT_SHA` | `CIRCLE_SHA1` | `BUILDKITE_COMMIT` | `BITBUCKET_COMMIT` | `BUILD_SOURCEVERSION` | `DRONE_COMMIT_SHA` | `GIT_COMMIT` | `HEAD` |
//! | branch | `GITHUB_REF_NAME` ¹ | `CI_COMMIT_BRANCH` | `CIRCLE_BRANCH` | `BUILDKITE_BRANCH` | `BITBUCKET_BRANCH` | `BUILD_SOURCEBRANCH` ² | `DRONE_BRANCH` ³ | `BRANCH_NAME` | its branch |
//! | tag | `GITHUB_REF_NAME` ¹ | `CI_COMMIT_TAG` | `CIRCLE_TAG` | `BUILDKITE_TAG` | `BITBUCKET_TAG` | `BUILD_SOURCEBRANCH` ² | `DRONE_TAG` | `TAG_NAME` | the tag of a detached `HEAD` |
//! | committer | `GITHUB_ACTOR` | `CI_COMMIT_AUTHOR` | `CIRCLE_USERNAME` | `BUILDKITE_BUILD_AUTHOR` | | `BUILD_REQUESTEDFOR` | `DRONE_COMMIT_AUTHOR` | | its committer |
//! | build | `GITHUB_RUN_NUMBER` | `CI_PIPELINE_IID` | `CIRCLE_BUILD_NUM` | `BUILDKITE_BUILD_NUMBER` | `BITBUCKET_BUILD_NUMBER` | `BUILD_BUILDID` | `DRONE_BUILD_NUMBER` | `BUILD_NUMBER` | |
//!
//! ¹ by `GITHUB_REF_TYPE`; ² by its beginning `refs/heads/` or `refs/tags/`; ³ not in a build of a tag.
//!
//! A pull request's build has the pull request's own reference, or `pull/` and its number, as its branch, never the
//! name of the branch that it comes from: a stranger's branch may be called `main`. Where a tag is known and no branch, the branch is `unknown`.

use std::process::{Command, Stdio};

use clap::Args;

use crate::releases::record::Metadata;

/// What options say of where a version comes from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct OriginArgs {
    /// The commit; where not given, from the build pipeline, then from git
    #[arg(long, value_name = "SHA")]
    git_sha: Option<String>,
    /// The branch; likewise
    #[arg(long, value_name = "BRANCH")]
    git_branch: Option<String>,
    /// The tag; likewise
    #[arg(long, value_name = "TAG")]
    git_tag: Option<String>,
    /// Who committed it; likewise
    #[arg(long, value_name = "TEXT")]
    git_committer: Option<String>,
    /// The number of the build; from the build pipeline where not given
    #[arg(long, value_name = "NUMBER")]
    build_number: Option<String>,
}

const SHA: &[&str] = &[
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "CIRCLE_SHA1",
    "BUILDKITE_COMMIT",
    "BITBUCKET_COMMIT",
    "BUILD_SOURCEVERSION",
    "DRONE_COMMIT_SHA",
    "GIT_COMMIT",
];
const BRANCH: &[&str] =
    &["CI_COMMIT_BRANCH", "CIRCLE_BRANCH", "BUILDKITE_BRANCH", "BITBUCKET_BRANCH", "DRONE_BRANCH", "BRANCH_NAME"];
const TAG: &[&str] = &["CI_COMMIT_TAG", "CIRCLE_TAG", "BUILDKITE_TAG", "BITBUCKET_TAG", "DRONE_TAG", "TAG_NAME"];
const PULL_REQUEST: &[&str] =
    &["CI_MERGE_REQUEST_IID", "BUILDKITE_PULL_REQUEST", "BITBUCKET_PR_ID", "DRONE_PULL_REQUEST"];
const COMMITTER: &[&str] = &[
    "GITHUB_ACTOR",
    "CI_COMMIT_AUTHOR",
    "CIRCLE_USERNAME",
    "BUILDKITE_BUILD_AUTHOR",
    "BUILD_REQUESTEDFOR",
    "DRONE_COMMIT_AUTHOR",
];
const BUILD: &[&str] = &[
    "GITHUB_RUN_NUMBER",
    "CI_PIPELINE_IID",
    "CIRCLE_BUILD_NUM",
    "BUILDKITE_BUILD_NUMBER",
    "BITBUCKET_BUILD_NUMBER",
    "BUILD_BUILDID",
    "DRONE_BUILD_NUMBER",
    "BUILD_NUMBER",
];

/// What stands for a commit or branch that nothing tells.
pub(crate) const UNKNOWN: &str = "unknown";

impl OriginArgs {
    /// Where a version that is made at `timestamp` (RFC 3339) comes from.
    pub(crate) fn metadata(self, timestamp: String) -> Metadata {
        self.find(timestamp, &|name| std::env::var(name).ok(), &git)
    }

    fn find(
        self,
        timestamp: String,
        variable: &dyn Fn(&str) -> Option<String>,
        git: &dyn Fn(&[&str]) -> Option<String>,
    ) -> Metadata {
        let first = |names: &[&str]| names.iter().find_map(|name| given(variable(name)));
        let tag = given(self.git_tag).or_else(|| reference(&first, "tag", "refs/tags/")).or_else(|| first(TAG));
        let known = tag.is_some();
        let branch = given(self.git_branch)
            .or_else(|| reference(&first, "branch", "refs/heads/"))
            .or_else(|| pull_request(&first))
            // Pipelines of tags name the tag, or the default branch, as their branch.
            .or_else(|| first(BRANCH).filter(|_| !known))
            .or_else(|| git(&["symbolic-ref", "--quiet", "--short", "HEAD"]).filter(|_| !known));
        let tag = tag.or_else(|| git(&["describe", "--tags", "--exact-match", "HEAD"]).filter(|_| branch.is_none()));
        Metadata {
            git_sha: given(self.git_sha)
                .or_else(|| first(SHA))
                .or_else(|| git(&["rev-parse", "--verify", "HEAD"]))
                .unwrap_or_else(|| UNKNOWN.to_owned()),
            git_branch: branch.unwrap_or_else(|| UNKNOWN.to_owned()),
            git_tag: tag,
            git_committer: given(self.git_committer)
                .or_else(|| first(COMMITTER))
                .or_else(|| git(&["log", "-1", "--format=%cn <%ce>", "HEAD"])),
            build_number: given(self.build_number).or_else(|| first(BUILD)),
            timestamp,
        }
    }
}

/// The id that a version has where none is given: `<short commit>[-<build>]`; `None` where the commit is not known.
pub(crate) fn version_id(origin: &Metadata) -> Option<String> {
    let short: String = origin.git_sha.chars().take(7).collect();
    if origin.git_sha == UNKNOWN {
        return None;
    }
    Some(match &origin.build_number {
        Some(build) => format!("{short}-{build}"),
        None => short,
    })
}

/// What stands for the branch where a pull request is built by a service that names another branch then.
fn pull_request(first: &dyn Fn(&[&str]) -> Option<String>) -> Option<String> {
    let number = first(PULL_REQUEST).filter(|number| number != "false")?;
    Some(format!("pull/{number}"))
}

/// The name of the branch or tag that services tell in one variable for both.
fn reference(first: &dyn Fn(&[&str]) -> Option<String>, kind: &str, prefix: &str) -> Option<String> {
    let github = || first(&["GITHUB_REF_NAME"]).filter(|_| first(&["GITHUB_REF_TYPE"]).as_deref() == Some(kind));
    let azure = || first(&["BUILD_SOURCEBRANCH"])?.strip_prefix(prefix).map(str::to_owned);
    github().or_else(azure)
}

fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What git answers, in the working directory; `None` where it does not.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    given(output.status.success().then(|| String::from_utf8(output.stdout).ok())?)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn of(variables: &[(&str, &str)], git: &[(&str, &str)]) -> Metadata {
        let look = |among: &[(&str, &str)], name: &str| {
            among.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let answer = |arguments: &[&str]| look(git, arguments[0]);
        OriginArgs::default().find("t".to_owned(), &|name| look(variables, name), &answer)
    }

    #[rstest]
    #[case::github(&[("GITHUB_SHA", "abc"), ("GITHUB_REF_NAME", "main"), ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_RUN_NUMBER", "7"), ("GITHUB_ACTOR", "ann")], "main", None)]
    #[case::github_tag(&[("GITHUB_SHA", "abc"), ("GITHUB_REF_NAME", "v1"), ("GITHUB_REF_TYPE", "tag"),
        ("GITHUB_RUN_NUMBER", "7"), ("GITHUB_ACTOR", "ann")], "unknown", Some("v1"))]
    #[case::github_pull(&[("GITHUB_SHA", "abc"), ("GITHUB_REF_NAME", "5/merge"), ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_HEAD_REF", "main"), ("GITHUB_RUN_NUMBER", "7"), ("GITHUB_ACTOR", "ann")], "5/merge", None)]
    #[case::gitlab(&[("CI_COMMIT_SHA", "abc"), ("CI_COMMIT_BRANCH", "main"), ("CI_PIPELINE_IID", "7"),
        ("CI_COMMIT_AUTHOR", "ann")], "main", None)]
    #[case::gitlab_tag(&[("CI_COMMIT_SHA", "abc"), ("CI_COMMIT_TAG", "v1"), ("CI_PIPELINE_IID", "7"),
        ("CI_COMMIT_AUTHOR", "ann")], "unknown", Some("v1"))]
    #[case::drone_pull(&[("DRONE_COMMIT_SHA", "abc"), ("DRONE_BRANCH", "main"), ("DRONE_PULL_REQUEST", "5"),
        ("DRONE_BUILD_NUMBER", "7"), ("DRONE_COMMIT_AUTHOR", "ann")], "pull/5", None)]
    #[case::buildkite(&[("BUILDKITE_COMMIT", "abc"), ("BUILDKITE_BRANCH", "main"), ("BUILDKITE_PULL_REQUEST", "false"),
        ("BUILDKITE_BUILD_NUMBER", "7"), ("BUILDKITE_BUILD_AUTHOR", "ann")], "main", None)]
    #[case::azure(&[("BUILD_SOURCEVERSION", "abc"), ("BUILD_SOURCEBRANCH", "refs/heads/a/b"), ("BUILD_BUILDID", "7"),
        ("BUILD_REQUESTEDFOR", "ann")], "a/b", None)]
    fn pipelines_tell_the_origin(#[case] variables: &[(&str, &str)], #[case] branch: &str, #[case] tag: Option<&str>) {
        let origin = of(variables, &[("symbolic-ref", "local"), ("rev-parse", "def"), ("log", "bob")]);
        assert_eq!(
            (origin.git_sha.as_str(), origin.git_branch.as_str(), origin.git_tag.as_deref()),
            ("abc", branch, tag)
        );
        assert_eq!((origin.git_committer.as_deref(), origin.build_number.as_deref()), (Some("ann"), Some("7")));
        assert_eq!(version_id(&origin).as_deref(), Some("abc-7"));
    }

    #[test]
    fn git_tells_what_pipelines_do_not() {
        let origin =
            of(&[], &[("rev-parse", "0123456789"), ("symbolic-ref", "main"), ("describe", "v1"), ("log", "bob")]);
        assert_eq!((origin.git_branch.as_str(), origin.git_tag.as_deref()), ("main", None));
        assert_eq!(version_id(&origin).as_deref(), Some("0123456"));
        let detached = of(&[], &[("rev-parse", "0123456789"), ("describe", "v1")]);
        assert_eq!((detached.git_branch.as_str(), detached.git_tag.as_deref()), (UNKNOWN, Some("v1")));
        assert_eq!(version_id(&of(&[], &[])), None);
    }
}

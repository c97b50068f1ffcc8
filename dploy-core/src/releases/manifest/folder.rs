//! Paths that kustomizations name, seen from the top of the archive.

/// Where a name leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Leads {
    /// To this path; empty is the top.
    To(String),
    /// Out of the archive.
    Outside,
    /// To another machine.
    Remote,
}

/// The folder of a file; empty is the top.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Follows a name that a file in `folder` says.
pub(super) fn follow(folder: &str, name: &str) -> Leads {
    if is_remote(name) {
        return Leads::Remote;
    }
    if name.starts_with('/') || name.contains('\\') {
        return Leads::Outside;
    }
    let mut path: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in name.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                if path.pop().is_none() {
                    return Leads::Outside;
                }
            }
            segment => path.push(segment),
        }
    }
    Leads::To(path.join("/"))
}

/// What kustomize takes for a URL or a repository when there is no such file.
fn is_remote(name: &str) -> bool {
    name.contains("://")
        || name.contains("?ref=")
        || name.contains(".git//")
        || name.ends_with(".git")
        || ["git@", "git::", "github.com/", "github.com:", "gitlab.com/", "bitbucket.org/"]
            .iter()
            .any(|host| name.starts_with(host))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "a.yaml", Leads::To("a.yaml".to_owned()))]
    #[case("overlays/prod", "../../base/", Leads::To("base".to_owned()))]
    #[case("overlays/prod", "./a//b.yaml", Leads::To("overlays/prod/a/b.yaml".to_owned()))]
    #[case("base", "..", Leads::To(String::new()))]
    #[case("base", "../..", Leads::Outside)]
    #[case("base", "../base/../../x", Leads::Outside)]
    #[case("base", "/etc/passwd", Leads::Outside)]
    #[case("base", "..\\x.yaml", Leads::Outside)]
    #[case("base", "https://example.com/x.yaml", Leads::Remote)]
    #[case("base", "git@github.com:a/b", Leads::Remote)]
    #[case("base", "github.com/a/b//c?ref=v1", Leads::Remote)]
    #[case("base", "ssh://git@example.com/a.git//b", Leads::Remote)]
    fn names_lead_where_kustomize_would_look(#[case] folder: &str, #[case] name: &str, #[case] leads: Leads) {
        assert_eq!(follow(folder, name), leads);
    }
}

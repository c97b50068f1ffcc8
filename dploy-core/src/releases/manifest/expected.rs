//! What `version.yml` may say.

use crate::{
    releases::version::VersionMetadata,
    yaml::{Content, Node},
};

use super::problem::{Findings, shown};

/// The fields of the file and what the draft said of them.
#[derive(Debug)]
pub(super) struct Expected {
    version: String,
    metadata: [(&'static str, Option<String>); 4],
}

impl Expected {
    pub(super) fn new(version: &str, draft: &VersionMetadata) -> Self {
        Self {
            version: version.to_owned(),
            metadata: [
                ("gitSha", Some(draft.git_sha.clone())),
                ("gitBranch", Some(draft.git_branch.clone())),
                ("gitCommitter", draft.git_committer.clone()),
                ("buildNumber", draft.build_number.clone()),
            ],
        }
    }

    /// Compares the fields that the file has. The time is no such field: clients stamp it anew each time.
    pub(super) fn check(&self, node: &Node, findings: &mut Findings) {
        let Content::Map(_) = &node.content else {
            if node.content != Content::Null {
                findings.add(
                    node.at.line,
                    format!("the document is {}; a map with version and metadata is accepted", node.kind()),
                );
            }
            return;
        };
        compare("version", node.get("version"), Some(&self.version), findings);
        let Some(metadata) = node.get("metadata") else { return };
        for (field, expected) in &self.metadata {
            compare(&format!("metadata.{field}"), metadata.get(field), expected.as_deref(), findings);
        }
    }
}

fn compare(field: &str, value: Option<&Node>, expected: Option<&str>, findings: &mut Findings) {
    let expected = expected.unwrap_or_default();
    let Some(value) = value.filter(|value| value.content != Content::Null && !says(value, expected)) else { return };
    let accepted = match expected {
        "" => "the draft names none".to_owned(),
        expected => format!("the draft says `{}`", shown(expected)),
    };
    findings.add(value.at.line, format!("{field} is not the draft's; {accepted}"));
}

/// Whether a value stands for a text, quoted or not: `007` and `1e9` without quotes are numbers to YAML.
fn says(value: &Node, expected: &str) -> bool {
    match (&value.content, dploy_template::yaml_scalar(expected, true, None)) {
        (Content::Text(text), _) => text == expected,
        (Content::Number(number), Ok(serde_json::Value::Number(plain))) => *number == plain,
        (Content::Bool(value), Ok(serde_json::Value::Bool(plain))) => *value == plain,
        _ => false,
    }
}

//! Templates in the values of a service file.

use dploy_template::{ParseOptions, RenderOptions, Template, Value};
use jiff::Timestamp;

/// What a build is made from. The same inputs give the same manifests, byte for byte.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BuildInputs {
    /// The version's id: `{{.Version}}`, and what jobs are named by.
    pub version: String,
    /// The commit: `{{.GitSHA}}`.
    pub git_sha: Option<String>,
    /// The branch: `{{.GitBranch}}`.
    pub git_branch: Option<String>,
    /// The number of the build in its pipeline: `{{.BuildNumber}}`.
    pub build_number: Option<String>,
}

/// What a template may ask for, as problems word it.
pub(super) const ACCEPTED: &str =
    "{{.Version}}, {{.GitSHA}}, {{.GitBranch}} and {{.BuildNumber}}, also with functions of text/template and sprig";

/// What becomes of a text.
pub(super) enum Rendered {
    /// The text itself, or what its template gave.
    Known(String),
    /// A template without its inputs.
    Later,
}

impl BuildInputs {
    fn fields(&self) -> [(&'static str, Option<&str>); 4] {
        [
            ("Version", Some(&self.version)),
            ("GitSHA", self.git_sha.as_deref()),
            ("GitBranch", self.git_branch.as_deref()),
            ("BuildNumber", self.build_number.as_deref()),
        ]
    }
}

/// The text with its templates filled in; the error says what is wrong with them.
pub(super) fn render(text: &str, inputs: Option<&BuildInputs>) -> Result<Rendered, String> {
    if !text.contains("{{") {
        return Ok(Rendered::Known(text.to_owned()));
    }
    let template = Template::parse("template", text, &ParseOptions::default()).map_err(|error| worded(&error))?;
    let asked = template.references();
    let known = BuildInputs::default().fields().map(|(name, _)| name);
    if let Some(unknown) = asked.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("the template knows no .{unknown}"));
    }
    let Some(inputs) = inputs else { return Ok(Rendered::Later) };
    let absent = |(name, value): &(&str, Option<&str>)| value.is_none() && asked.contains(*name);
    if let Some((name, _)) = inputs.fields().into_iter().find(absent) {
        return Err(format!("the template asks for .{name}, which is not known in this build"));
    }
    let (first, second) = (rendered(&template, inputs, 0)?, rendered(&template, inputs, 1)?);
    if first == second { Ok(Rendered::Known(first)) } else { Err("the template depends on time or on chance".into()) }
}

/// One render, at a time and with a seed of its own for each `round`.
fn rendered(template: &Template, inputs: &BuildInputs, round: u8) -> Result<String, String> {
    let data = inputs.fields().map(|(name, value)| (name, Value::string(value.unwrap_or_default())));
    let now = Timestamp::from_second(i64::from(round) * 45_296_789).unwrap_or_default();
    let mut options = RenderOptions::new(now, [round; 32]);
    options.limits.steps = 100_000;
    options.limits.output_bytes = 1 << 16;
    template.render(&Value::object("BuildInputs", data), &options).map_err(|error| worded(&error))
}

fn worded(error: &dploy_template::Error) -> String {
    format!("its template fails at {}:{}: {}", error.line(), error.column(), error.message())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn text(template: &str) -> Result<String, String> {
        let inputs = BuildInputs {
            version: "42540c4-7".into(),
            git_sha: Some("42540c4ff0".into()),
            git_branch: Some("feature/Login".into()),
            build_number: None,
        };
        match render(template, Some(&inputs))? {
            Rendered::Known(text) => Ok(text),
            Rendered::Later => Err("later".into()),
        }
    }

    #[rstest]
    #[case("plain", "plain")]
    #[case("{ {.Version} }", "{ {.Version} }")]
    #[case("v{{.Version}}-{{ .GitSHA | trunc 7 }}", "v42540c4-7-42540c4")]
    #[case("{{ .GitBranch | lower | replace \"/\" \"-\" }}.example.org", "feature-login.example.org")]
    fn the_inputs_of_a_build_are_filled_in(#[case] template: &str, #[case] expected: &str) {
        assert_eq!(text(template).unwrap(), expected);
    }

    #[rstest]
    #[case("{{.BuildNumber}}", "the template asks for .BuildNumber, which is not known in this build")]
    #[case("{{.Release}}", "the template knows no .Release")]
    #[case("{{ uuidv4 }}", "the template depends on time or on chance")]
    #[case("{{ now | date \"2006\" }}", "the template depends on time or on chance")]
    #[case("{{ .Version", "its template fails at 1:")]
    #[case("{{ fail .Version }}", "its template fails at 1:")]
    fn a_template_that_cannot_give_one_text_is_refused(#[case] template: &str, #[case] expected: &str) {
        let message = text(template).unwrap_err();
        assert!(message.starts_with(expected), "{message}");
    }
}

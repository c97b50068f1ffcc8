//! What a template mentions, found without rendering it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use dploy_template::{KeyUse, ParseOptions, Template};
use rstest::rstest;

fn template(text: &str) -> Template {
    Template::parse("t", text, &ParseOptions::default()).unwrap()
}

#[rstest]
#[case("{{ .Claims.email }}", &["email"], false)]
#[case("{{ $.Claims.email }}", &["email"], false)]
#[case("{{ .Claims.a.b.c }}", &["a"], false)]
#[case("{{ index .Claims \"email\" }}", &["email"], false)]
#[case("{{ index .Claims \"a\" \"b\" }}", &["a"], false)]
#[case("{{ index . \"Claims\" \"a\" }}", &["a"], false)]
#[case("{{ get .Claims \"email\" }}", &["email"], false)]
#[case("{{ \"email\" | get .Claims }}", &["email"], false)]
#[case("{{ hasKey .Claims \"email\" }}", &["email"], false)]
#[case("{{ (index .Claims \"a\").b }}", &["a"], false)]
#[case("{{ (.Claims).email }}", &["email"], false)]
#[case("{{ with .Claims }}{{ .email }}{{ end }}", &["email"], false)]
#[case("{{ with .Claims }}{{ get . \"email\" }}{{ else }}{{ .Claims.b }}{{ end }}", &["b", "email"], false)]
#[case("{{ $c := .Claims }}{{ $c.email }}", &["email"], false)]
#[case("{{ $c := .Owner }}{{ if .X }}{{ $c = .Claims }}{{ end }}{{ $c.email }}", &["email"], false)]
#[case("{{ if .Claims }}{{ .Claims.email }}{{ end }}", &["email"], false)]
#[case("{{ if not .Claims }}x{{ end }}", &[], false)]
#[case("{{ (default .Params .Claims).email }}", &["email"], false)]
#[case("{{ range .Claims.groups }}{{ .name }}{{ end }}", &["groups"], false)]
#[case("{{ range $i, $g := .Claims.groups }}{{ $g }}{{ end }}", &["groups"], false)]
#[case("{{ template \"x\" .Claims }}{{ define \"x\" }}{{ .email }}{{ end }}", &["email"], false)]
#[case("{{ template \"x\" . }}{{ define \"x\" }}{{ $.Claims.email }}{{ end }}", &["email"], false)]
#[case("{{ block \"x\" .Claims }}{{ .email }}{{ end }}", &["email"], false)]
#[case("{{ define \"x\" }}{{ template \"x\" . }}{{ .Claims.a }}{{ end }}{{ template \"x\" . }}", &["a"], false)]
#[case("{{ .Owner }}{{ .Params.x }}", &[], false)]
#[case("plain .Claims.text", &[], false)]
#[case("{{ define \"unused\" }}{{ .Claims.email }}{{ end }}", &[], false)]
#[case("{{ range .Claims }}x{{ end }}", &[], true)]
#[case("{{ range $k, $v := .Claims }}{{ $k }}{{ end }}", &[], true)]
#[case("{{ $x := \"a\" }}{{ index .Claims .Owner }}", &[], true)]
#[case("{{ index .Claims (print \"a\" \"b\") }}", &[], true)]
#[case("{{ toJson .Claims }}", &[], true)]
#[case("{{ .Claims }}", &[], true)]
#[case("{{ . }}", &[], true)]
#[case("{{ toJson . }}", &[], true)]
#[case("{{ printf \"%v\" $ }}", &[], true)]
#[case("{{ .Claims.email }}{{ toYaml .Claims }}", &["email"], true)]
#[case("{{ dict \"c\" .Claims | toJson }}", &[], true)]
#[case("{{ $c := .Owner }}{{ range .L }}{{ $c.x }}{{ $c = $.Claims }}{{ end }}", &[], true)]
fn claims_are_found(#[case] text: &str, #[case] keys: &[&str], #[case] dynamic: bool) {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(template(text).keys_of("Claims"), KeyUse { keys, dynamic });
}

#[rstest]
#[case("{{ .Params.x }}", true)]
#[case("{{ .Params }}", true)]
#[case("{{ if .Params }}{{ end }}", true)]
#[case("{{ with $.Params }}{{ end }}", true)]
#[case("{{ . }}", true)]
#[case("{{ .ParamsOther }}", false)]
#[case("{{ .x.Params }}", false)]
#[case("{{ $Params := 1 }}{{ $Params }}", false)]
#[case("{{/* .Params */}}", false)]
#[case(".Params", false)]
fn mentions_are_of_the_top_level(#[case] text: &str, #[case] mentioned: bool) {
    assert_eq!(template(text).mentions("Params"), mentioned);
}

#[test]
fn references_are_dotted_paths() {
    let template = template("{{ .Owner }}-{{ .Template.Name }}{{ with .Config.Values }}{{ .a }}{{ end }}");
    let found: Vec<String> = template.references().into_iter().collect();
    assert_eq!(found, ["Config.Values", "Config.Values.a", "Owner", "Template.Name"]);
}

#[test]
fn analysis_of_a_tangle_ends() {
    let calls: String = (0..60)
        .map(|n| {
            format!(
                "{{{{ define \"d{n}\" }}}}{{{{ template \"d{}\" .a }}}}{{{{ template \"d{}\" .b }}}}{{{{ end }}}}",
                (n + 1) % 60,
                (n + 7) % 60
            )
        })
        .collect();
    let template = template(&format!("{calls}{{{{ template \"d0\" . }}}}"));
    assert!(!template.references().is_empty() || template.references().is_empty());
}

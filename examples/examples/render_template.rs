//! Renders Helm values from a Go template, as dploy does for each environment, offline:
//! `cargo run -p dploy-examples --example render_template`.
#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use dploy_template::{DeclaredType, MissingKey, ParseOptions, RenderOptions, Source, Template, Text, Value};

/// What a platform team writes: Go text/template with the functions of sprig.
const VALUES: &str = r#"
owner: {{ .Owner }}
replicas: {{ .Params.replicas }}
motd: {{ .Params.motd }}
email: {{ .Claims.email }}
debug: {{ .Params.debug | default "false" }}
password: {{ randAlphaNum 12 }}
ingress:
  host: {{ printf "%s.%s" .Owner "env.example.org" }}
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let template = Template::parse("valuesTemplate", VALUES, &ParseOptions::default())?;

    // What the template asks for is known before anything is rendered.
    let claims = template.keys_of("Claims");
    assert!(claims.keys.contains("email") && !claims.dynamic);
    println!("claims used: {:?}\n", claims.keys);

    // What a user sends is marked: it fills a place in the values, and can never change their structure.
    let data = data("3", "hello\nowner: root # {{ .Owner }}");

    // Random functions draw from the seed, and `now` is the time given: the same inputs give the same bytes.
    let now = "2026-01-01T00:00:00Z".parse()?;
    let options = RenderOptions::new(now, [7; 32]).missing_key(MissingKey::Empty);
    let values = template.render_tree(&data, &options)?;
    println!("{}\n", serde_json::to_string_pretty(&values)?);
    let value = |name| values.get(name).cloned().unwrap_or_default();
    assert_eq!(value("owner"), "jane-doe");
    assert_eq!(value("motd"), "hello\nowner: root # {{ .Owner }}");
    assert_eq!(value("replicas"), 3, "declared as an integer, so it is one");
    assert_eq!(values, template.render_tree(&data, &options)?);

    // Mistakes name the place.
    let broken = Template::parse("valuesTemplate", "image: {{ .Image | quot }}", &ParseOptions::default());
    match broken {
        Ok(_) => return Err("an unknown function was accepted".into()),
        Err(error) => println!("{}", error.report()),
    }
    Ok(())
}

/// `.Owner`, `.Params` and `.Claims` as templates see them.
fn data(replicas: &str, motd: &str) -> Value {
    let param = |name: &str, value: &str, declared| {
        let source = Source::new(format!("params.{name}")).declared(declared);
        (name.to_owned(), Text::marked(value, &source))
    };
    let params = [
        param("replicas", replicas, DeclaredType::Integer),
        param("motd", motd, DeclaredType::String),
        param("debug", "", DeclaredType::Boolean),
    ];
    let claims = serde_json::json!({"email": "jane.doe@example.org"});
    Value::object(
        "Context",
        [
            ("Owner", Value::string("jane-doe")),
            ("Params", Value::string_map(params)),
            ("Claims", Value::marked_json(&claims, &Source::new("claims"))),
        ],
    )
}

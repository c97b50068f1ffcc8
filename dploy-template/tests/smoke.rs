//! First steps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
use dploy_template::*;

#[test]
fn renders_fields_and_quotes() {
    let data = Value::map([("a", Value::from("x")), ("n", Value::from(3))]);
    let t = Template::parse("t", "{{ .a | quote }} {{ .n }}{{ if gt .n 2 }} big{{ end }}", &ParseOptions::default())
        .unwrap();
    assert_eq!(t.render(&data, &RenderOptions::default()).unwrap(), "\"x\" 3 big");
    let t = Template::parse("t", "a: {{ .a }}\nb: [{{ .n }}, 'q{{ .a }}']\n", &ParseOptions::default()).unwrap();
    let data = Value::map([("a", Value::marked_string("x: y\nb: 2", &Source::new("params.a"))), ("n", Value::from(3))]);
    assert_eq!(
        t.render_tree(&data, &RenderOptions::default()).unwrap(),
        serde_json::json!({"a": "x: y\nb: 2", "b": [3, "qx: y\nb: 2"]})
    );
}

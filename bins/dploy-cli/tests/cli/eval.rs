//! `dploy template eval`: what a text renders to, and what is wrong with it.

use std::process::Output;

use rstest::rstest;

use crate::harness::{Machine, Run};

/// The output of the binary in a folder with `data.json`, `data.yaml`, `list.yaml`, `bad.yaml`, `page.tpl` and `latin1`.
async fn raw(args: &[&str]) -> Output {
    let machine = Machine::new().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("data.json", &b"{\"name\": \"web\", \"count\": 12345678, \"f\": 1.5, \"w\": 3.0}"[..]),
        ("data.yaml", b"name: web\ncount: 12345678\nf: 1.5\nw: 3.0\n"),
        ("list.yaml", b"- a\n- b\n"),
        ("bad.yaml", b"a: [1\nb: 2\n"),
        ("page.tpl", b"a\n{{ .name | quote }}\n"),
        ("broken.tpl", b"a\n\tb {{ .name | quot }}\n"),
        ("latin1", b"\xe4"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let mut command = machine.bare(&[&["template", "eval"], args].concat());
    command.current_dir(folder.path());
    command.output().await.unwrap()
}

async fn eval(args: &[&str]) -> Run {
    Run::from(raw(args).await)
}

#[rstest]
#[case(&["--text", "{{ 1 | add 2 }}"], "3")]
#[case(&["--text", ""], "")]
#[case(&["--text", "-x-"], "-x-")]
#[case(&["--text", "{{ .a }}"], "<no value>")]
#[case(&["--text", "{{ .a }}", "--missing-key", "empty"], "")]
#[case(&["--text", "{{ .a }}", "--missing-key", "zero"], "<no value>")]
#[case(&["page.tpl", "--data", "data.json"], "a\n\"web\"\n")]
#[case(&["--data", "data.yaml", "page.tpl"], "a\n\"web\"\n")]
#[case(&["--data", "data.json", "--text", "{{ .count }} {{ .f }} {{ .w }} {{ printf \"%T %T\" .count .f }}"], "12345678 1.5 3 int float64")]
#[case(&["--data", "data.yaml", "--text", "{{ .count }} {{ .f }} {{ .w }} {{ printf \"%T %T\" .count .f }}"], "12345678 1.5 3 int float64")]
#[case(&["--data", "list.yaml", "--text", "{{ range . }}<{{ . }}>{{ end }}"], "<a><b>")]
#[case(&["--text", "{{ now }}", "--now", "2026-07-01T12:30:00+02:00"], "2026-07-01 10:30:00 +0000 UTC")]
#[tokio::test]
async fn exactly_the_rendered_text_is_printed(#[case] args: &[&str], #[case] expected: &str) {
    assert_eq!(eval(args).await.quiet(), expected, "{args:?}");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_printed_as_they_are() {
    let output = raw(&["--text", "{{ \"\\xff\\x00\" }}\n"]).await;
    assert_eq!((output.status.code(), output.stdout), (Some(0), b"\xff\x00\n".to_vec()));
}

#[tokio::test]
async fn text_and_data_may_come_from_standard_input() {
    let machine = Machine::new().await;
    let run = Run::with_input(machine.bare(&["template", "eval", "-"]), "{{ len \"abc\" }}\n").await;
    assert_eq!(run.quiet(), "3\n");
    let args = ["template", "eval", "--data", "-", "--text", "{{ .a }}"];
    assert_eq!(Run::with_input(machine.bare(&args), "a: x\n").await.quiet(), "x");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_text() {
    let random = async |args: &[&str]| eval(&[&["--text", "{{ randAlphaNum 20 }}"], args].concat()).await.quiet();
    let (one, other, two) =
        (random(&["--seed", "1"]).await, random(&["--seed", "1"]).await, random(&["--seed", "2"]).await);
    assert!(one == other && one != two);
    assert_ne!(random(&[]).await, random(&[]).await);
    assert_eq!(random(&["--seed", "18446744073709551615"]).await.len(), 20);
}

#[tokio::test]
async fn an_error_is_shown_with_its_place() {
    let stderr = eval(&["broken.tpl"]).await.fails(1);
    let place = "error: broken.tpl:2:15: function \"quot\" not defined, expected a known function such as \"quote\"\n";
    let caret = "  |\n2 | \tb {{ .name | quot }}\n  | \t             ^\n";
    assert_eq!(stderr, format!("{place}{caret}"));
    let stderr = eval(&["--text", "{{ .a }}", "--missing-key", "error"]).await.fails(1);
    assert!(stderr.starts_with("error: text:1:4: ") && stderr.ends_with("\n  |    ^\n"), "{stderr}");
}

#[rstest]
#[case(&[], "--text <TEXT>|FILE")]
#[case(&["page.tpl", "--text", "x"], "cannot be used with")]
#[case(&["absent.tpl"], "cannot read absent.tpl: ")]
#[case(&["latin1"], "latin1 is not UTF-8 text: ")]
#[case(&["page.tpl", "--data", "absent.json"], "cannot read absent.json: ")]
#[case(&["page.tpl", "--data", "bad.yaml"], "bad.yaml is not JSON or YAML: data:2:")]
#[case(&["page.tpl", "--data", "latin1"], "latin1 is not UTF-8 text: ")]
#[case(&["-", "--data", "-"], "standard input can hold the text or the data")]
#[case(&["page.tpl", "--now", "yesterday"], "expected a time of RFC 3339 such as 2026-07-01T12:30:00Z")]
#[case(&["page.tpl", "--now", "2026-07-01"], "expected a time of RFC 3339")]
#[case(&["page.tpl", "--seed", "-1"], "--seed <N>")]
#[case(&["page.tpl", "--seed", "18446744073709551616"], "--seed <N>")]
#[case(&["page.tpl", "--missing-key", "nothing"], "[possible values: default, zero, error, empty]")]
#[tokio::test]
async fn what_cannot_be_read_or_is_not_accepted_is_named(#[case] args: &[&str], #[case] part: &str) {
    let stderr = eval(args).await.fails(2);
    assert!(stderr.contains(part), "{args:?}: {stderr}");
}

#[tokio::test]
async fn the_help_says_how_a_seed_is_read() {
    let help = eval(&["--help"]).await.quiet();
    assert!(help.contains("the lowest first, and 24 bytes of zero"), "{help}");
}

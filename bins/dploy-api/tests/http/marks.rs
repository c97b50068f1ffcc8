use dploy_core::{environments::audit::Outcome, testing::builders::pool_template};
use rstest::rstest;

use super::*;

const TEMPLATE: &str = "/api/v1/admin/templates/vscode";

fn failure(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["error"]["code"].as_str().unwrap())
}

#[tokio::test]
async fn a_template_is_cordoned_and_drained_and_taken_back() {
    let world = world();
    world.platform.put_template(template("vscode"));
    let steps = [("cordon", true, false), ("drain", true, true), ("uncordon", false, true), ("undrain", false, false)];
    for (verb, cordoned, drained) in steps {
        let answer = world.post(&format!("{TEMPLATE}/{verb}"), &admin(), "").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body, json!({ "name": "vscode", "cordoned": cordoned, "drained": drained }));
        let run = world.post("/api/v1/environments", &person(verb), "{\"template\": \"vscode\"}").await;
        if cordoned {
            assert_eq!(failure(&run), (503, "template_cordoned"));
            assert!(run.headers.contains_key("retry-after"));
            let old = world.post("/api/run/vscode", &person(verb), "").await;
            assert_eq!(old.told(), (503, "environment \"vscode\" is cordoned: no new ones are made for now"));
        } else {
            assert_eq!(run.status, StatusCode::OK);
        }
    }
    let done = world.platform.acts().into_iter().filter(|act| act.outcome == Outcome::Done);
    let kept: Vec<_> = done.map(|act| (act.actor, act.deed.as_str())).collect();
    let kept: Vec<_> = kept.iter().map(|(actor, deed)| (actor.as_str(), *deed)).collect();
    let expected = [
        ("root", "Cordoned"),
        ("root", "Drained"),
        ("root", "Uncordoned"),
        ("uncordon", "Created"),
        ("root", "Undrained"),
        ("undrain", "Created"),
    ];
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn s16_every_template_is_listed_with_its_marks_and_its_pool() {
    let world = world();
    world.platform.put_template(Template { enabled: false, ..template("b") });
    world.platform.put_template(pool_template("a", 2));
    world.post("/api/v1/admin/templates/a/drain", &admin(), "").await;
    let list = "/api/v1/admin/templates";
    assert_eq!(failure(&world.get(list, &person("alice")).await), (403, "admin_required"));
    let counts = json!({ "available": 0, "claimed": 0, "instances": 0 });
    let with = |mut row: Value| {
        row.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
        row
    };
    let a = with(json!({ "name": "a", "cordoned": false, "drained": true, "enabled": true, "poolSize": 2 }));
    let b = with(json!({ "name": "b", "cordoned": false, "drained": false, "enabled": false }));
    assert_eq!(world.get(list, &admin()).await.body, json!({ "templates": [a, b], "totalCount": 2 }));
}

#[rstest]
#[case::nobody("", "vscode", 401, "missing_credentials")]
#[case::member("member", "vscode", 403, "admin_required")]
#[case::unknown("root", "none", 404, "environment_not_found")]
#[tokio::test]
async fn only_administrators_mark_templates_that_exist(
    #[case] who: &str,
    #[case] name: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let world = world();
    world.platform.put_template(template("vscode"));
    let token = match who {
        "" => String::new(),
        "root" => admin(),
        who => person(who),
    };
    for verb in ["cordon", "uncordon", "drain", "undrain"] {
        let answer = world.post(&format!("/api/v1/admin/templates/{name}/{verb}"), &token, "").await;
        assert_eq!(answer.status.as_u16(), status, "{verb}");
        if !token.is_empty() {
            assert_eq!(failure(&answer), (status, code), "{verb}");
        }
    }
    let outcomes: Vec<_> = world.platform.acts().iter().map(|act| act.outcome.as_str()).collect();
    assert_eq!(outcomes, vec![code; if token.is_empty() { 0 } else { 4 }]);
}

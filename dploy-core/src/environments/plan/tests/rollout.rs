use rstest::rstest;

use crate::{
    environments::{
        UidRef,
        instance::{Instance, InstancePhase},
        plan::rollout::{Course, plan_rollout},
        settings::{Revision, Settings},
        template::{EngineKind, Rollout, Template, TtlSpec},
    },
    testing::builders::{instance, member, template},
};

fn revision(template: Template) -> Revision {
    Revision { name: "any".to_owned(), template, settings: Settings::default() }
}

fn following() -> Template {
    Template { rollout: Rollout::Follow, ..template("shell") }
}

fn edited() -> Revision {
    revision(Template { values_template: "replicas: 2".to_owned(), ..following() })
}

fn on_demand() -> Instance {
    Instance { owner: Some("alice".to_owned()), ..instance("alice-shell", "shell", InstancePhase::Ready) }
}

fn claimed() -> Instance {
    let claim = Some(UidRef { name: "c".to_owned(), uid: "u".to_owned() });
    Instance { owner: Some("alice".to_owned()), claim, ..member("shell", 0) }
}

#[rstest]
#[case::on_demand(on_demand(), Course::Moves)]
#[case::free_member(member("shell", 0), Course::Replaced)]
#[case::claimed_member(claimed(), Course::Stays)]
fn s48_an_edit_reaches_what_stands_only_where_the_template_follows(#[case] instance: Instance, #[case] course: Course) {
    assert_eq!(plan_rollout(&instance, &revision(following()), &edited()), course);
    let pinned = revision(Template { rollout: Rollout::Pinned, ..edited().template });
    assert_eq!(plan_rollout(&instance, &revision(following()), &pinned), Course::Stays);
}

#[rstest]
#[case(Template { description: "another".to_owned(), ..following() })]
#[case(Template { enabled: false, visible: false, ..following() })]
#[case(Template { ttl: TtlSpec { seconds: Some(1), ..TtlSpec::default() }, idle_seconds: Some(3), ..following() })]
#[case(Template { max_instances_per_user: Some(1), provision_timeout: 1, ..following() })]
fn what_is_not_installed_moves_nothing(#[case] template: Template) {
    for instance in [on_demand(), member("shell", 0)] {
        assert_eq!(plan_rollout(&instance, &revision(following()), &revision(template.clone())), Course::Stays);
    }
}

#[test]
fn what_a_text_reads_of_the_template_moves_it() {
    let text = "about: {{ .Template.Spec.Description }}".to_owned();
    let before = Template { values_template: text, ..following() };
    let after = Template { description: "another".to_owned(), ..before.clone() };
    assert_eq!(plan_rollout(&on_demand(), &revision(before), &revision(after)), Course::Moves);
}

#[test]
fn the_configuration_is_part_of_a_revision() {
    let mut newest = revision(following());
    newest.settings.base_domain = "new.example.org".to_owned();
    assert_eq!(plan_rollout(&on_demand(), &revision(following()), &newest), Course::Moves);
    newest.settings = Settings { ttl_seconds: 5, ..Settings::default() };
    assert_eq!(plan_rollout(&on_demand(), &revision(following()), &newest), Course::Stays);
}

#[test]
fn another_engine_takes_over_free_members_only() {
    let newest = revision(Template { engine: Some(EngineKind::ArgoCd), ..following() });
    assert_eq!(plan_rollout(&on_demand(), &revision(following()), &newest), Course::Stays);
    assert_eq!(plan_rollout(&member("shell", 0), &revision(following()), &newest), Course::Replaced);
}

use super::*;
use crate::{
    environments::{
        audit::{Act, Deed, Outcome, Subject},
        error::Error,
        marks::{Mark, Marks},
        template::{Template, TtlSpec},
    },
    identity::Identity,
    testing::builders::{identity, template},
};

fn administered() -> World {
    let world = world();
    let environments =
        Environments::new(world.platform.clone(), world.platform.clone(), world.clock.clone(), options())
            .with_marker(world.platform.clone())
            .with_audit(world.platform.clone());
    World { environments: Arc::new(environments), ..world }
}

fn root() -> Identity {
    Identity { admin: true, ..identity("root") }
}

/// What was done, and by whom.
fn told(world: &World) -> Vec<(String, &'static str)> {
    let done = world.platform.acts().into_iter().filter(|act| act.outcome == Outcome::Done);
    done.map(|act| (act.actor, act.deed.as_str())).collect()
}

#[tokio::test]
async fn a_cordoned_template_refuses_new_environments_and_shows_those_that_stand() {
    let world = administered();
    world.platform.put_template(template("vscode"));
    world.environments.run(&identity("alice"), "vscode", &anything()).await.unwrap();
    let marks = world.environments.mark(&root(), "vscode", Mark::Cordoned, true).await.unwrap();
    assert_eq!(marks, Marks { cordoned: true, drained: false });
    assert!(world.environments.run(&identity("alice"), "vscode", &anything()).await.is_ok());
    let refused = world.environments.run(&identity("bob"), "vscode", &anything()).await.unwrap_err();
    assert!(matches!(refused, Error::Cordoned(_)), "{refused}");
    assert_eq!(world.platform.calls("create"), 1, "a refusal that is known beforehand writes nothing");
    world.environments.mark(&root(), "vscode", Mark::Cordoned, false).await.unwrap();
    assert!(world.environments.run(&identity("bob"), "vscode", &anything()).await.is_ok());
}

#[tokio::test]
async fn what_people_do_is_kept_once_each_and_a_repetition_that_does_nothing_is_not() {
    let world = administered();
    world.platform.put_template(template("vscode"));
    let made = world.environments.run(&identity("alice"), "vscode", &anything()).await.unwrap();
    world.environments.run(&identity("alice"), "vscode", &anything()).await.unwrap();
    world.environments.extend(&identity("alice"), of("vscode")).await.unwrap();
    world.environments.extend(&root(), Address::AnyId(&made.id)).await.unwrap();
    for set in [true, true, false] {
        world.environments.mark(&root(), "vscode", Mark::Drained, set).await.unwrap();
    }
    world.environments.release(&root(), Address::AnyId(&made.id)).await.unwrap();
    let all = ["Created", "Extended", "ExtendedByAdmin", "Drained", "Undrained", "ReleasedByAdmin"];
    let actors = ["alice", "alice", "root", "root", "root", "root"];
    assert_eq!(told(&world), actors.map(str::to_owned).into_iter().zip(all).collect::<Vec<_>>());
    let Act { subject: Subject::Environment(claim, of), deed: Deed::Created, .. } = &world.platform.acts()[0] else {
        panic!("{:?}", world.platform.acts())
    };
    assert_eq!((claim.name.as_str(), of.as_str()), (made.id.as_str(), "vscode"));
}

#[tokio::test]
async fn only_administrators_mark_templates_that_exist() {
    let world = administered();
    let mark = |identity: Identity, name: &'static str| {
        let environments = world.environments.clone();
        async move { environments.mark(&identity, name, Mark::Cordoned, true).await.unwrap_err() }
    };
    assert!(matches!(mark(identity("alice"), "vscode").await, Error::AdminRequired));
    assert!(matches!(mark(root(), "vscode").await, Error::NotFound(_)));
    world.platform.set_reachable(false);
    assert!(matches!(mark(root(), "vscode").await, Error::Unavailable(_)));
    assert_eq!(told(&world), [], "nothing was done");
    let outcomes: Vec<_> = world.platform.acts().iter().map(|act| (act.actor.clone(), act.outcome.as_str())).collect();
    let expected = [("alice", "admin_required"), ("root", "environment_not_found"), ("root", "unavailable")];
    assert_eq!(outcomes, expected.map(|(actor, outcome)| (actor.to_owned(), outcome)));
}

#[tokio::test]
async fn templates_of_a_file_cannot_be_marked_and_the_refusal_says_what_to_do() {
    let world = super::world();
    world.platform.put_template(template("vscode"));
    let refused = |name: &'static str, mark| {
        let environments = world.environments.clone();
        async move { environments.mark(&root(), name, mark, true).await.unwrap_err() }
    };
    let cordon = refused("vscode", Mark::Cordoned).await;
    assert!(matches!(cordon, Error::TemplatesFixed(_)) && cordon.to_string().contains("enabled: false"), "{cordon}");
    assert!(refused("vscode", Mark::Drained).await.to_string().contains("no pool"));
    assert!(matches!(refused("none", Mark::Drained).await, Error::NotFound(_)));
}

#[tokio::test]
async fn what_is_refused_is_kept_with_its_reason() {
    let world = administered();
    let ttl = TtlSpec { seconds: Some(60), extend_seconds: Some(60), max_extends: Some(1) };
    world.platform.put_template(Template { ttl, ..template("vscode") });
    let made = world.environments.run(&identity("alice"), "vscode", &anything()).await.unwrap();
    world.environments.run(&identity("alice"), "none", &anything()).await.unwrap_err();
    world.environments.extend(&identity("alice"), of("vscode")).await.unwrap();
    world.environments.extend(&identity("alice"), of("vscode")).await.unwrap_err();
    world.environments.release(&identity("bob"), Address::AnyId(&made.id)).await.unwrap_err();
    let acts = world.platform.acts();
    let kept: Vec<_> = acts.iter().map(|act| (act.actor.as_str(), act.deed.as_str(), act.outcome.as_str())).collect();
    let expected = [
        ("alice", "Created", "done"),
        ("alice", "Created", "environment_not_found"),
        ("alice", "Extended", "done"),
        ("alice", "Extended", "extensions_exhausted"),
        ("bob", "ReleasedByAdmin", "admin_required"),
    ];
    assert_eq!(kept, expected);
    assert_eq!(acts[1].subject, Subject::Template("none".to_owned()));
    let Subject::Environment(named, _) = &acts[4].subject else { panic!("{acts:?}") };
    assert_eq!(named.name, made.id);
}

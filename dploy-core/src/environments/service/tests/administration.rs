use super::*;
use crate::{
    environments::{
        audit::{Act, Deed, Subject},
        error::Error,
        marks::{Mark, Marks},
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

fn told(world: &World) -> Vec<(String, &'static str)> {
    world.platform.acts().into_iter().map(|act| (act.actor, act.deed.as_str())).collect()
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
    let fixed = super::world().environments.mark(&root(), "vscode", Mark::Cordoned, true).await.unwrap_err();
    assert!(matches!(fixed, Error::TemplatesFixed));
    assert_eq!(told(&world), []);
}

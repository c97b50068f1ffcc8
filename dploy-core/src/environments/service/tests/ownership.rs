use super::*;
use crate::{
    environments::{error::Error, template::Template},
    id::OwnerId,
    testing::builders::{claim, identity, identity_in, owner, template},
};

fn for_groups(name: &str) -> Template {
    Template { owner_claim: Some("groups".into()), ..template(name) }
}

#[tokio::test]
async fn the_first_usable_group_owns_what_is_made_without_a_selection() {
    let world = world();
    world.platform.put_template(for_groups("ctf"));
    let member = identity_in("alice", &["@", "Red.Team", "blue"]);
    let made = world.environments.run(&member, "ctf", &anything()).await.unwrap();
    assert_eq!((made.owner.as_str(), made.shared), ("-red-team".trim_matches('-'), true));
}

#[tokio::test]
async fn a_group_can_be_selected_by_its_value_its_readable_name_or_its_id() {
    let id = owner("groups", "Blue.Team", "Blue.Team").id;
    for selector in ["Blue.Team", "blue-team", id.as_str()] {
        let world = world();
        world.platform.put_template(for_groups("ctf"));
        let member = identity_in("alice", &["red", "Blue.Team"]);
        let made = world.environments.run(&member, "ctf", &for_owner(selector)).await.unwrap();
        assert_eq!(made.owner, "blue-team");
        assert!(
            world.environments.status(&member, Address::Template { name: "ctf", owner: Some(selector) }).await.is_ok()
        );
        assert!(matches!(
            world.environments.status(&member, Address::Template { name: "ctf", owner: Some("red") }).await,
            Err(Error::NotFound(_))
        ));
    }
}

#[tokio::test]
async fn of_two_groups_with_one_readable_name_the_exact_value_selects() {
    let world = world();
    world.platform.put_template(for_groups("ctf"));
    let member = identity_in("alice", &["a.b", "a-b"]);
    world.environments.run(&member, "ctf", &for_owner("a-b")).await.unwrap();
    assert_eq!(world.platform.all_claims()[0].owner_id, owner("groups", "a-b", "a-b").id);
}

#[tokio::test]
async fn a_foreign_owner_is_refused() {
    let world = world();
    world.platform.put_template(for_groups("ctf"));
    let member = identity_in("alice", &["red"]);
    let foreign = world.environments.run(&member, "ctf", &for_owner("blue")).await.unwrap_err();
    assert_eq!(foreign.to_string(), "owner must be one of yours (red), not \"blue\"");
    let personal = world.environments.run(&member, "ctf", &for_owner("alice")).await.unwrap_err();
    assert!(matches!(personal, Error::ForeignOwner { .. }), "the template is owned by groups, not by persons");
}

#[tokio::test]
async fn without_a_selection_the_first_group_that_has_an_environment_is_meant() {
    let world = world();
    world.platform.put_template(for_groups("ctf"));
    let member = identity_in("alice", &["red", "blue", "green"]);
    for group in ["green", "blue"] {
        world.environments.run(&member, "ctf", &for_owner(group)).await.unwrap();
    }
    assert_eq!(world.environments.status(&member, of("ctf")).await.unwrap().owner, "blue");
    assert_eq!(world.environments.extend(&member, of("ctf")).await.unwrap().owner, "blue");
    world.environments.release(&member, of("ctf")).await.unwrap();
    assert_eq!(world.environments.status(&member, of("ctf")).await.unwrap().owner, "green");
}

#[tokio::test]
async fn s17_the_list_has_own_and_group_environments_and_never_anothers() {
    let world = world();
    world.platform.put_template(for_groups("ctf"));
    world.platform.put_template(template("vscode"));
    let (alice, bob) = (identity_in("alice", &["red"]), identity_in("bob", &["red", "blue"]));
    world.environments.run(&alice, "vscode", &anything()).await.unwrap();
    world.environments.run(&bob, "vscode", &anything()).await.unwrap();
    world.environments.run(&bob, "ctf", &anything()).await.unwrap();
    world.environments.run(&bob, "ctf", &for_owner("blue")).await.unwrap();
    let listed: Vec<_> = world.environments.list(&alice).into_iter().map(|e| (e.template, e.owner, e.shared)).collect();
    assert_eq!(listed, [("ctf".into(), "red".into(), true), ("vscode".into(), "alice".into(), false)]);
}

#[tokio::test]
async fn s17_d02_a_user_named_like_a_group_does_not_see_its_environments() {
    let world = world();
    world.platform.put_template(for_groups("ctf"));
    world.environments.run(&identity_in("alice", &["red"]), "ctf", &anything()).await.unwrap();
    let red = identity("red");
    assert_eq!(world.environments.list(&red), []);
    for error in [
        world.environments.status(&red, of("ctf")).await.unwrap_err(),
        world.environments.extend(&red, of("ctf")).await.unwrap_err(),
        world.environments.release(&red, of("ctf")).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::NotFound(_)), "{error}");
    }
}

#[tokio::test]
async fn d25_group_environments_of_a_template_that_is_gone_can_still_be_used_and_released() {
    let world = world();
    world.platform.put_template(for_groups("ctf"));
    let member = identity_in("alice", &["red", "blue"]);
    world.environments.run(&member, "ctf", &for_owner("blue")).await.unwrap();
    world.platform.remove_template("ctf");
    let status = world.environments.status(&member, of("ctf")).await.unwrap();
    assert_eq!((status.owner.as_str(), status.icon.as_str(), status.shared), ("blue", "default", true));
    assert_eq!(world.environments.list(&member).len(), 1);
    assert!(world.environments.extend(&member, of("ctf")).await.is_ok());
    world.environments.release(&member, of("ctf")).await.unwrap();
    assert_eq!(world.environments.list(&member), []);
}

#[tokio::test]
async fn an_owner_claim_that_means_the_person_gives_personal_environments() {
    for claim in ["", "sub"] {
        let world = world();
        world.platform.put_template(Template { owner_claim: Some(claim.into()), ..template("vscode") });
        let alice = identity("alice");
        let made = world.environments.run(&alice, "vscode", &anything()).await.unwrap();
        assert_eq!((made.owner.as_str(), made.shared), ("alice", false));
    }
}

#[tokio::test]
async fn objects_without_an_owner_id_are_found_by_their_readable_owner_only_if_that_is_chosen() {
    for legacy_owners in [false, true] {
        let world = world_with(Options { legacy_owners, ..options() });
        world.platform.put_template(template("vscode"));
        let mut by_hand = claim(&owner("sub", "anybody", "alice"), "vscode");
        by_hand.owner_id = OwnerId::of_text("alice");
        by_hand.meta.key.name = "by-hand".into();
        world.platform.put_claim(by_hand);
        let alice = identity("alice");
        let listed = world.environments.list(&alice);
        assert_eq!(listed.len(), usize::from(legacy_owners));
        assert!(listed.iter().all(|environment| !environment.shared));
        assert_eq!(world.environments.status(&alice, of("vscode")).await.is_ok(), legacy_owners);
    }
}

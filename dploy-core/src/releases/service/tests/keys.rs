use crate::{
    error::{Classify, ErrorKind},
    releases::{
        access::{Action, Scope},
        api_key::KeySecret,
        page::Page,
        service::NewKey,
    },
    time::Clock,
};

use super::world::{World, caller, scope};

fn new(name: &str, scope: Scope) -> NewKey {
    NewKey { name: name.to_owned(), scope, expires_at: None }
}

#[tokio::test]
async fn a_key_stands_for_its_scope_until_it_is_revoked() {
    let world = World::new().await;
    let some = scope(Some(&["web"]), &[Action::Publish]);
    let made = world.releases.create_key(&world.caller, new("ci", some.clone())).await.unwrap();
    let known = world.releases.authenticate_key(&made.secret).await.unwrap().unwrap();
    assert_eq!((known.actor.as_str(), known.scope), ("key:ci", some));
    let listed = world.releases.keys(&world.caller, Page::default()).await.unwrap();
    assert_eq!(listed.items[0].used_at, Some(world.clock.now()));
    assert!(!format!("{listed:?}").contains(made.secret.expose()));
    world.releases.revoke_key(&world.caller, &made.key.id).await.unwrap();
    assert_eq!(world.releases.authenticate_key(&made.secret).await.unwrap(), None);
    assert_eq!(world.releases.revoke_key(&world.caller, &made.key.id).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_key_ends_when_it_expires() {
    let world = World::new().await;
    let expires_at = Some(world.clock.now().plus_seconds(60));
    let made =
        world.releases.create_key(&world.caller, NewKey { expires_at, ..new("ci", Scope::all()) }).await.unwrap();
    assert!(world.releases.authenticate_key(&made.secret).await.unwrap().is_some());
    world.clock.advance(60);
    assert_eq!(world.releases.authenticate_key(&made.secret).await.unwrap(), None);
    let late = NewKey { expires_at, ..new("late", Scope::all()) };
    assert_eq!(world.releases.create_key(&world.caller, late).await.unwrap_err().kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn nothing_that_is_no_key_is_taken_for_one() {
    let world = World::new().await;
    let made = world.releases.create_key(&world.caller, new("ci", Scope::all())).await.unwrap();
    let secret = made.secret.expose();
    for wrong in ["", "dpk_", &secret[..20], &format!("{secret}0"), &secret.to_uppercase(), "a.b.c"] {
        assert_eq!(world.releases.authenticate_key(&KeySecret::presented(wrong)).await.unwrap(), None, "{wrong}");
    }
}

#[tokio::test]
async fn no_key_may_do_more_than_its_maker() {
    let world = World::new().await;
    let admin = caller("key:admin", scope(None, &[Action::Admin, Action::Read]));
    let error = world.releases.create_key(&admin, new("more", Scope::all())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(world.releases.create_key(&admin, new("less", scope(Some(&["web"]), &[Action::Read]))).await.is_ok());
    let taken = world.releases.create_key(&admin, new("less", scope(None, &[Action::Read]))).await;
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::Conflict);
}

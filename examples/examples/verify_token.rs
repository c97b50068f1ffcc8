//! Verifies bearer tokens with an OpenID provider's published keys, through a rotation and an outage of the provider.
//!
//! The provider runs inside this program, so nothing else is needed: `cargo run --example verify_token`. For a real one
//! use its `jwks_uri` and `iss` (both are in its `/.well-known/openid-configuration`).
#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::{error::Error as StdError, sync::Arc};

use dploy_auth::{
    AdminRule, Authenticator, Error, HttpJwks, IdentityRules, JwksVerifier, SystemClock, TokenRules, testing::Provider,
};
use dploy_core::identity::Identity;
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let provider = Provider::start().await?;
    let authenticator = authenticator(&provider)?;

    let ann = json!({ "sub": "1001", "name": "Ann.Lee@Example.com", "groups": ["dev", "platform"] });
    let old_token = provider.token(ann.clone())?;
    show("a user", &authenticator, &old_token).await;

    let root = json!({ "sub": "1", "name": "root", "groups": ["platform-admins"] });
    show("an administrator", &authenticator, &provider.token(root)?).await;

    for (title, change) in [
        ("an expired token", json!({ "exp": 1 })),
        ("a token for another service", json!({ "aud": "billing" })),
        ("a token without a name", json!({ "name": null })),
    ] {
        show(title, &authenticator, &provider.token(merged(&ann, change))?).await;
    }
    provider.rotate()?;
    show("after a rotation, a token of the new key", &authenticator, &provider.token(ann.clone())?).await;
    show("after a rotation, a token of the old key", &authenticator, &old_token).await;
    show("a forged token", &authenticator, &format!("{old_token}AAAA")).await;

    provider.down().await;
    show("while the provider is down", &authenticator, &provider.token(ann)?).await;
    Ok(())
}

/// What a service sets up once, from `JWKS_URL`, `JWT_ISSUER`, `JWT_AUDIENCE`, `ADMIN_CLAIM` and `ADMIN_VALUE`.
fn authenticator(provider: &Provider) -> Result<Authenticator, Box<dyn StdError>> {
    let keys = Arc::new(HttpJwks::new(&provider.jwks_url())?);
    let rules = TokenRules { issuer: provider.issuer().to_owned(), audience: "dploy".to_owned() };
    let verifier = Arc::new(JwksVerifier::new(keys, Arc::new(SystemClock), rules));
    let admin = AdminRule::parse(Some("groups"), Some("platform-admins"))?;
    Ok(Authenticator::new(verifier, IdentityRules { admin, ..IdentityRules::default() }))
}

async fn show(title: &str, authenticator: &Authenticator, token: &str) {
    let outcome = authenticator.authenticate(Some(&format!("Bearer {token}"))).await;
    println!("{title:42} {}", described(&outcome));
}

fn described(outcome: &Result<Identity, Error>) -> String {
    match outcome {
        Ok(caller) => {
            let groups: Vec<_> = caller.owners_by_claim("groups").into_iter().map(|group| group.key).collect();
            let groups = groups.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(", ");
            format!("{} (owner {}), groups: {groups}, admin: {}", caller.username, caller.personal.id, caller.admin)
        }
        // The public message goes to the client, the whole chain of causes to the log.
        Err(refused) => format!("refused: {}", refused.public_message()),
    }
}

fn merged(claims: &Value, change: Value) -> Value {
    let both = [claims.clone(), change].into_iter().filter_map(|value| value.as_object().cloned());
    Value::Object(both.flatten().collect())
}

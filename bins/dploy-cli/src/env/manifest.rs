//! The claim that `dploy env create --dry-run` prints, for those who have kubectl.

use std::collections::BTreeMap;

use clap::Args;
use dploy_auth::access::{DEFAULT_OWNER_CLAIM, DEFAULT_USERNAME_CLAIM, IdentityRules};
use dploy_auth::token::Claims;
use dploy_core::{
    environments::naming::claim_name,
    id::OwnerId,
    identity::{Identity, Owner, OwnerKey},
    json::Json,
};
use dploy_k8s::api::{DployInstanceClaim, DployInstanceClaimSpec};

use crate::{cli::Global, config, env::Target, error::Error};

/// How the server turns a token into an owner; the defaults are the server's.
#[derive(Args, Debug)]
pub(crate) struct OwnerArgs {
    /// With --dry-run: claim that holds the user name (the server's JWT_USERNAME_CLAIM)
    #[arg(long, value_name = "CLAIM", requires = "dry_run", default_value = DEFAULT_USERNAME_CLAIM)]
    username_claim: String,
    /// With --dry-run: claim that identifies the person (the server's OWNER_ID_CLAIM)
    #[arg(long, value_name = "CLAIM", requires = "dry_run", default_value = DEFAULT_OWNER_CLAIM)]
    owner_id_claim: String,
    /// With --dry-run: claim that owns environments of the template (its ownerClaim); left out, the person does
    #[arg(long, value_name = "CLAIM", requires = "dry_run")]
    owner_claim: Option<String>,
}

/// The claim that asks for the environment as `asked` says, in the caller's name. The token is read, not verified: whoever may write
/// claims may write any owner, and the API server decides on that.
///
/// # Errors
/// There is no token, it names nobody, or the owner asked for is not among its owners.
pub(super) fn claim(
    target: &Target,
    asked: DployInstanceClaimSpec,
    args: &OwnerArgs,
    global: &Global,
) -> Result<DployInstanceClaim, Error> {
    let token = config::any_token(global.token_file.as_deref())?;
    let mut claims = token.unverified_claims()?;
    let issuer = claims.remove("iss").and_then(|value| Some(value.as_str()?.to_owned()));
    let issuer = issuer.ok_or_else(|| Error::usage("the token has no `iss` claim"))?;
    let mut all: BTreeMap<String, Json> = claims.into_iter().map(|(name, value)| (name, value.into())).collect();
    all.insert("iss".to_owned(), Json::from(serde_json::Value::from(issuer.as_str())));
    let rules = IdentityRules {
        username_claim: args.username_claim.clone(),
        owner_claim: args.owner_id_claim.clone(),
        ..IdentityRules::default()
    };
    let identity = rules.identify(Claims::new(issuer, all)).map_err(|error| Error::usage(error.public_message()))?;
    let owner = owner(&identity, target.owner.as_deref(), args)?;

    let name = claim_name(owner.key.as_str(), &owner.id, &target.name);
    let spec = DployInstanceClaimSpec {
        template_ref: target.name.clone(),
        owner: owner.key.as_str().to_owned(),
        owner_id: Some(owner.id.as_str().to_owned()),
        ..asked
    };
    Ok(DployInstanceClaim::new(&name, spec))
}

/// The owner by the template's owner claim: the one asked for by its raw value or its readable part, else the first;
/// the person where no claim is named.
fn owner(identity: &Identity, asked: Option<&str>, args: &OwnerArgs) -> Result<Owner, Error> {
    let personal = |name: &&String| !name.is_empty() && **name != args.username_claim && **name != args.owner_id_claim;
    let owners = match args.owner_claim.as_ref().filter(personal) {
        Some(claim) => identity.owners_by_claim(claim),
        None => vec![identity.personal.clone()],
    };
    let Some(asked) = asked else {
        return owners
            .into_iter()
            .next()
            .ok_or_else(|| Error::usage("the token has no usable value in the owner claim"));
    };
    let raw = args.owner_claim.as_ref().map(|claim| OwnerId::derive(&identity.issuer, claim, asked));
    let key = OwnerKey::derive(asked);
    let by_raw = owners.iter().position(|owner| Some(&owner.id) == raw.as_ref());
    let found = by_raw.or_else(|| owners.iter().position(|owner| Some(&owner.key) == key.as_ref()));
    let hint = if args.owner_claim.is_some() { "" } else { "; name the template's ownerClaim by --owner-claim" };
    found
        .and_then(|at| owners.get(at).cloned())
        .ok_or_else(|| Error::usage(format!("\"{asked}\" is not one of the token's owners{hint}")))
}

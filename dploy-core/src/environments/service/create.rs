use std::collections::BTreeMap;

use crate::{
    environments::{
        claim::{Claim, ClaimPhase, reason},
        error::Error,
        naming::claim_name,
        parameter::{self, InvalidParams},
        ports::NewClaim,
        rendering::kept_claims,
        template::Template,
    },
    identity::{Identity, Owner},
    json::Json,
};

use super::{Environment, Environments, environment::Surroundings, obtain::Obtained, owners::Owners};

/// The longest parameter value that is stored, in characters.
const PARAMETER_MAX: usize = 4096;

/// What a caller asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Request {
    /// Which of the caller's owners it is for; `None` is the first that the template accepts.
    pub owner: Option<String>,
    /// The parameters; names that the template does not declare are ignored.
    pub params: BTreeMap<String, String>,
}

impl Environments {
    /// The caller's environment of template `name`: the one they have, else a new one.
    ///
    /// A new one is waited for at most [`claim_wait`](super::Options::claim_wait); it may still be pending then. Calling
    /// again, also at the same time, gives the same environment.
    ///
    /// # Errors
    /// In this order: the template is missing or disabled, the caller cannot own its environments, the quota is used up,
    /// a parameter is wrong, the pool is empty.
    pub async fn run(&self, identity: &Identity, name: &str, request: &Request) -> Result<Environment, Error> {
        let since = self.clock.now();
        let entry = self.observer.template(name).ok_or_else(|| Error::NotFound(name.to_owned()))?;
        let template = entry.template;
        if !template.enabled {
            return Err(Error::Disabled(name.to_owned()));
        }
        let owners = self.narrowed(identity, self.owners(identity, Some(&template)), request.owner.as_deref())?;
        let owner = owners.first().ok_or_else(|| no_owner(&template))?.clone();
        let only = Owners::one(owner.clone());
        if let Some(claim) = self.find_live(&only, name).await?
            && let Some(obtained) = self.settled(claim, since).await?
        {
            return self.answer(identity, &only, obtained);
        }
        if entry.refused.is_some() {
            return Err(Error::NotAccepted(name.to_owned()));
        }
        let new = self.new_claim(identity, &owner, &template, &request.params)?;
        let obtained = self.obtain(&new, since).await?;
        self.answer(identity, &only, obtained)
    }

    fn new_claim(
        &self,
        identity: &Identity,
        owner: &Owner,
        template: &Template,
        given: &BTreeMap<String, String>,
    ) -> Result<NewClaim, Error> {
        let settings = self.observer.settings();
        let params = declared(template, given);
        if let Err(error) = checked(template, &params) {
            let limit = settings.quota(template);
            let used_up = self.count(owner) >= limit as usize;
            return Err(if used_up { Error::QuotaExceeded(limit) } else { error.into() });
        }
        let kept = kept_claims(template, &settings);
        let claims = identity.claims.iter().filter(|(name, _)| kept.contains(*name));
        let claims = claims.map(|(name, value)| (name.clone(), value.as_value().clone())).collect();
        Ok(NewClaim {
            name: claim_name(owner.key.as_str(), &owner.id, &template.name),
            template: template.name.clone(),
            owner: owner.key.as_str().to_owned(),
            owner_id: owner.id.clone(),
            params,
            claims: Json::from(serde_json::Value::Object(claims)),
            ttl_seconds: None,
        })
    }

    /// How many environments the owner has, as far as the caches know. Only the operator refuses by it; here it decides
    /// which of two complaints comes first.
    fn count(&self, owner: &Owner) -> usize {
        let claims = self.observer.claims_of(&self.ids(&Owners::one(owner.clone())));
        let bound = claims.iter().filter(|claim| self.is_live(claim) && claim.status.phase == ClaimPhase::Bound);
        let instances = self.observer.instances();
        let bare = instances.iter().filter(|instance| instance.is_bare() && !instance.meta.is_deleting());
        let own = bare.filter(|instance| instance.owner_id.as_ref().is_some_and(|id| self.belongs(id, owner)));
        bound.count() + own.count()
    }

    fn answer(&self, identity: &Identity, owners: &Owners, obtained: Obtained) -> Result<Environment, Error> {
        let around = Surroundings::new(&*self.observer);
        match obtained {
            Obtained::Standing(claim) => Ok(self.describe(identity, &claim, &around)),
            Obtained::Refused(claim) if claim.status.reason == reason::DUPLICATE => {
                self.duplicate(identity, owners, &claim, &around)
            }
            Obtained::Refused(claim) => Err(self.refusal(&claim)),
        }
    }

    /// The environment because of which a claim was refused as a duplicate.
    fn duplicate(
        &self,
        identity: &Identity,
        owners: &Owners,
        refused: &Claim,
        around: &Surroundings<'_>,
    ) -> Result<Environment, Error> {
        let claims = self.observer.claims_of(&self.ids(owners));
        let other = claims
            .iter()
            .filter(|claim| claim.template == refused.template && claim.meta.uid != refused.meta.uid)
            .find(|claim| self.is_live(claim));
        if let Some(claim) = other {
            return Ok(self.describe(identity, claim, around));
        }
        let instances = self.observer.instances();
        let bare = instances
            .iter()
            .filter(|instance| instance.is_bare() && !instance.meta.is_deleting())
            .find(|bare| bare.template == refused.template && bare.owner_id.as_ref() == Some(&refused.owner_id));
        match bare {
            Some(instance) => Ok(self.describe_bare(identity, instance, around)),
            None => Err(Error::Conflict),
        }
    }

    fn refusal(&self, claim: &Claim) -> Error {
        let name = claim.template.clone();
        match claim.status.reason.as_str() {
            reason::QUOTA_EXCEEDED => {
                let settings = self.observer.settings();
                let limit = self.observer.template(&name).map(|entry| settings.quota(&entry.template));
                Error::QuotaExceeded(limit.unwrap_or(settings.max_instances_per_user))
            }
            reason::POOL_EXHAUSTED => Error::PoolExhausted,
            reason::TEMPLATE_NOT_FOUND => Error::NotFound(name),
            reason::TEMPLATE_DISABLED => Error::Disabled(name),
            reason::TEMPLATE_NOT_ACCEPTED => Error::NotAccepted(name),
            _ => Error::Refused(claim.status.message.clone()),
        }
    }
}

fn no_owner(template: &Template) -> Error {
    Error::NoOwner(template.owner_claim.clone().unwrap_or_default())
}

fn declared(template: &Template, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let named = template.parameters.iter().filter_map(|parameter| given.get_key_value(&parameter.name));
    named.filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn checked(template: &Template, params: &BTreeMap<String, String>) -> Result<(), InvalidParams> {
    if let Some((name, _)) = params.iter().find(|(_, value)| value.chars().count() > PARAMETER_MAX) {
        let accepted = format!("at most {PARAMETER_MAX} characters long");
        return Err(InvalidParams::Refused { name: name.clone(), accepted });
    }
    parameter::resolve(&template.parameters, params).map(drop)
}

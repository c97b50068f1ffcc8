use std::collections::BTreeMap;

use crate::{
    environments::{
        audit::{Deed, Outcome, Subject},
        claim::{Claim, ClaimPhase, Idempotency, reason},
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
    /// Seconds that it is to live; at most what the template grants, which it is without this.
    pub ttl_seconds: Option<i64>,
    /// Whether it waits where the pool is empty; `None` leaves that to the template.
    pub wait_for_pool: Option<bool>,
    /// What tells this request from others of its client, so that it may be sent again.
    pub idempotency_key: Option<String>,
}

impl Request {
    fn idempotency(&self, template: &str) -> Option<Idempotency> {
        let ttl = self.ttl_seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
        let mut parts = vec![template, self.owner.as_deref().unwrap_or_default(), ttl.as_str()];
        parts.extend(self.params.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]));
        // Names and values come in pairs: one part more cannot be one of them.
        parts.extend(self.wait_for_pool.map(|wait| if wait { "wait" } else { "do not wait" }));
        let parts: Vec<_> = parts.into_iter().map(str::as_bytes).collect();
        Some(Idempotency::of(self.idempotency_key.as_deref()?, &parts))
    }
}

impl Environments {
    /// The caller's environment of template `name`: the one they have, else a new one.
    ///
    /// A new one is waited for at most [`claim_wait`](super::Options::claim_wait); it may still be pending then. Calling
    /// again, also at the same time, gives the same environment.
    ///
    /// # Errors
    /// In this order: the template is missing, disabled or (where the caller has none of it yet) cordoned, the caller
    /// cannot own its environments, the request's key was used for another one, the quota is used up, a parameter is
    /// wrong, the pool is empty. Whether a key was used for another template is told by what this process has seen; for
    /// the same template it is certain.
    pub async fn run(&self, identity: &Identity, name: &str, request: &Request) -> Result<Environment, Error> {
        let answer = self.asked(identity, name, request).await;
        if answer.is_err() {
            self.record(identity, Deed::Created, Subject::Template(name.to_owned()), Outcome::of(&answer));
        }
        answer
    }

    async fn asked(&self, identity: &Identity, name: &str, request: &Request) -> Result<Environment, Error> {
        let since = self.clock.now();
        let entry = self.enabled(name)?;
        let template = entry.template;
        let owners = self.narrowed(identity, self.owners(identity, Some(&template)), request.owner.as_deref())?;
        let owner = owners.first().ok_or_else(|| no_owner(&template))?.clone();
        let only = Owners::one(owner.clone());
        let idempotency = request.idempotency(name);
        self.unused_elsewhere(identity, idempotency.as_ref())?;
        if let Some(claim) = self.find_stored(&owner, name).await?
            && let Some(obtained) = self.settled(claim, since).await?
        {
            return self.answer(identity, &only, obtained, idempotency.as_ref());
        }
        if entry.refused.is_some() {
            return Err(Error::NotAccepted(name.to_owned()));
        }
        if entry.marks.cordoned {
            return Err(Error::Cordoned(name.to_owned()));
        }
        let new =
            NewClaim { idempotency: idempotency.clone(), ..self.new_claim(identity, &owner, &template, request)? };
        let obtained = self.obtain(identity, &new, since).await?;
        self.answer(identity, &only, obtained, idempotency.as_ref())
    }

    /// That no live claim of the caller was made by another request with that key.
    fn unused_elsewhere(&self, identity: &Identity, idempotency: Option<&Idempotency>) -> Result<(), Error> {
        let Some(asked) = idempotency else { return Ok(()) };
        let claims = self.observer.claims_of(&self.ids(&self.owners(identity, None)));
        let mut live = claims.iter().filter(|claim| self.is_live(claim));
        live.try_for_each(|claim| same_request(claim, Some(asked)))
    }

    fn new_claim(
        &self,
        identity: &Identity,
        owner: &Owner,
        template: &Template,
        request: &Request,
    ) -> Result<NewClaim, Error> {
        let settings = self.observer.settings();
        let params = declared(template, &request.params);
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
            ttl_seconds: request.ttl_seconds,
            wait_for_pool: request.wait_for_pool,
            idempotency: None,
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

    fn answer(
        &self,
        identity: &Identity,
        owners: &Owners,
        obtained: Obtained,
        idempotency: Option<&Idempotency>,
    ) -> Result<Environment, Error> {
        let around = Surroundings::new(&*self.observer);
        match obtained {
            Obtained::Standing(claim) => {
                same_request(&claim, idempotency)?;
                Ok(self.describe(identity, &claim, &around))
            }
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
            reason::TEMPLATE_CORDONED => Error::Cordoned(name),
            reason::TEMPLATE_NOT_ACCEPTED => Error::NotAccepted(name),
            _ => Error::Refused(claim.status.message.clone()),
        }
    }
}

/// That the claim was not made by a request with the same key that asked for something else.
fn same_request(claim: &Claim, asked: Option<&Idempotency>) -> Result<(), Error> {
    match (&claim.idempotency, asked) {
        (Some(made), Some(asked)) if made.key == asked.key && made.request != asked.request => Err(Error::KeyReused),
        _ => Ok(()),
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

//! What becomes of a request where no operator decides: the process that serves it does, holding the owner's lease.

use crate::{
    environments::{
        claim::{Claim, reason},
        lifetime::Terms,
        ports::NewClaim,
        settings::Settings,
        template::Template,
    },
    time::Timestamp,
};

/// What is decided about a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// An environment is made, with this lifetime, which starts now.
    Create {
        /// The lifetime granted.
        terms: Terms,
        /// When it ends; `None` is never.
        expires_at: Option<Timestamp>,
    },
    /// The owner has one of this template already.
    Exists,
    /// It is refused: a constant word and a sentence.
    Refuse(&'static str, String),
}

/// Decides about `new`, given every environment of its owner.
///
/// What has ended or is being torn down neither counts nor stands in the way.
#[must_use]
pub fn decide(new: &NewClaim, owned: &[Claim], template: &Template, settings: &Settings, now: Timestamp) -> Decision {
    let live: Vec<_> = owned.iter().filter(|claim| claim.is_live() && claim.owner_id == new.owner_id).collect();
    if live.iter().any(|claim| claim.template == new.template) {
        return Decision::Exists;
    }
    let limit = settings.quota(template);
    if live.len() >= limit as usize {
        return Decision::Refuse(reason::QUOTA_EXCEEDED, format!("Maximum {limit} environments allowed"));
    }
    match settings.terms(template).shortened(new.ttl_seconds) {
        Ok(terms) => Decision::Create { terms, expires_at: terms.deadline(now, 0) },
        Err(too_long) => {
            let granted = too_long.granted;
            let message = format!("ttlSeconds must be at most {granted}, the lifetime the template grants");
            Decision::Refuse(reason::INVALID_TTL, message)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        environments::claim::ClaimPhase,
        id::OwnerId,
        json::Json,
        testing::builders::{self, CREATED},
    };

    fn now() -> Timestamp {
        Timestamp::from_unix_seconds(CREATED)
    }

    fn asked(template: &str) -> NewClaim {
        NewClaim {
            name: format!("jane-{template}"),
            template: template.to_owned(),
            owner: "jane".to_owned(),
            owner_id: OwnerId::of_text("jane"),
            params: BTreeMap::new(),
            claims: Json::object(),
            ttl_seconds: None,
            wait_for_pool: None,
            idempotency: None,
        }
    }

    fn owned(template: &str, phase: ClaimPhase) -> Claim {
        let mut claim = builders::claim(&builders::identity("jane").personal, template);
        claim.owner_id = OwnerId::of_text("jane");
        claim.status.phase = phase;
        claim
    }

    fn decided(new: &NewClaim, owned: &[Claim], limit: u32) -> Decision {
        let settings = Settings { max_instances_per_user: limit, ..Settings::default() };
        decide(new, owned, &builders::template(&new.template), &settings, now())
    }

    #[test]
    fn an_owner_has_one_environment_of_a_template_and_as_many_as_the_quota_says() {
        let [shell, vscode] = ["shell", "vscode"].map(|template| owned(template, ClaimPhase::Bound));
        assert_eq!(decided(&asked("shell"), std::slice::from_ref(&shell), 1), Decision::Exists, "before the quota");
        assert!(matches!(decided(&asked("other"), &[shell.clone(), vscode.clone()], 3), Decision::Create { .. }));
        let refused = decided(&asked("other"), &[shell, vscode], 2);
        assert_eq!(refused, Decision::Refuse(reason::QUOTA_EXCEEDED, "Maximum 2 environments allowed".to_owned()));
    }

    #[test]
    fn what_has_ended_or_goes_or_is_somebody_elses_does_not_count() {
        let expired = owned("shell", ClaimPhase::Expired);
        let mut leaving = owned("shell", ClaimPhase::Bound);
        leaving.meta.deleting_since = Some(now());
        let mut foreign = owned("shell", ClaimPhase::Bound);
        foreign.owner_id = OwnerId::of_text("joe");
        assert!(matches!(decided(&asked("shell"), &[expired, leaving, foreign], 1), Decision::Create { .. }));
    }

    #[test]
    fn the_lifetime_starts_now_and_may_only_be_shortened() {
        let mut new = asked("shell");
        new.ttl_seconds = Some(60);
        let Decision::Create { terms, expires_at } = decided(&new, &[], 5) else { panic!("it is granted") };
        assert_eq!((terms.ttl, expires_at), (Some(60), Some(now().plus_seconds(60))));
        new.ttl_seconds = Some(86_401);
        assert!(matches!(decided(&new, &[], 5), Decision::Refuse(reason::INVALID_TTL, _)));
    }
}

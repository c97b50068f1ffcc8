//! How long an environment lives.

use crate::time::Timestamp;

/// The lifetime granted to a claim when it was bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Terms {
    /// Seconds it lives without extensions; `None` is unlimited.
    pub ttl: Option<i64>,
    /// Seconds that one extension adds.
    pub extend_seconds: u32,
    /// How many extensions are granted; `None` is no bound.
    pub max_extends: Option<u32>,
    /// Seconds it lives at most, with all extensions; `None` is no such bound.
    pub max_lifetime: Option<i64>,
    /// Seconds without activity after which it ends; `None` is never.
    pub idle_seconds: Option<u32>,
}

/// Why an extension was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The environment does not expire.
    Unlimited,
    /// All extensions were used; the number granted.
    Exhausted(u32),
    /// It lives as long as it may already; the seconds.
    Capped(i64),
}

/// The lifetime asked for is longer than the one granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLong {
    /// Seconds that may be asked for at most.
    pub granted: i64,
}

impl Terms {
    /// Reads a ttl as the API writes it: negative is unlimited.
    #[must_use]
    pub fn ttl_of(seconds: i64) -> Option<i64> {
        (seconds >= 0).then_some(seconds)
    }

    /// These terms with the ttl that a claim asks for, which may only shorten them.
    ///
    /// # Errors
    /// [`TooLong`] where it asks for more than is granted, or for unlimited where the template is not.
    pub fn shortened(self, asked: Option<i64>) -> Result<Self, TooLong> {
        let Some(asked) = asked.filter(|asked| *asked != 0) else { return Ok(self) };
        match (Self::ttl_of(asked), self.ttl) {
            (asked, None) => Ok(Self { ttl: asked, ..self }),
            (Some(asked), Some(granted)) if asked <= granted => Ok(Self { ttl: Some(asked), ..self }),
            (_, Some(granted)) => Err(TooLong { granted }),
        }
    }

    /// How many of `asked` extensions count.
    #[must_use]
    pub fn clamp(self, asked: u32) -> u32 {
        asked.min(self.max_extends.unwrap_or(u32::MAX))
    }

    /// When an environment whose lifetime started at `start` ends after `extensions`; `None` is never.
    #[must_use]
    pub fn deadline(self, start: Timestamp, extensions: u32) -> Option<Timestamp> {
        self.lifetime(self.clamp(extensions)).map(|seconds| start.plus_seconds(seconds))
    }

    /// Seconds an environment lives with that many extensions.
    fn lifetime(self, extensions: u32) -> Option<i64> {
        let extended = i64::from(extensions).saturating_mul(i64::from(self.extend_seconds));
        self.ttl.map(|ttl| ttl.saturating_add(extended).min(self.max_lifetime.unwrap_or(i64::MAX)))
    }

    /// Seconds an environment can live with all extensions; `None` is no bound.
    #[must_use]
    pub fn max_ttl(self) -> Option<i64> {
        match self.max_extends {
            Some(granted) => self.lifetime(granted),
            None => self.ttl.and(self.max_lifetime),
        }
    }

    /// The number of extensions after one more. The one that would pass the longest lifetime is granted up to it.
    ///
    /// # Errors
    /// [`Refusal`] where the environment is unlimited, all extensions were used or its lifetime is the longest already.
    pub fn extend(self, extensions: u32) -> Result<u32, Refusal> {
        if self.ttl.is_none() {
            return Err(Refusal::Unlimited);
        }
        if let Some(granted) = self.max_extends.filter(|granted| extensions >= *granted) {
            return Err(Refusal::Exhausted(granted));
        }
        match self.max_lifetime {
            Some(cap) if self.lifetime(extensions) == Some(cap) => Err(Refusal::Capped(cap)),
            _ => Ok(extensions.saturating_add(1)),
        }
    }

    /// Seconds within which activity is noted at most once: a tenth of the time without activity, at least one.
    fn activity_step(self) -> Option<i64> {
        self.idle_seconds.map(|idle| (i64::from(idle) / 10).max(1))
    }

    /// Whether activity at `now` is to be noted where the last that is known was at `known`.
    #[must_use]
    pub fn is_noted(self, known: Timestamp, now: Timestamp) -> bool {
        self.activity_step().is_some_and(|step| now >= known.plus_seconds(step))
    }

    /// When an environment ends whose last noted activity was at `last`; `None` is never.
    ///
    /// Activity that was not noted, because some was shortly before, counts too: hence the step on top.
    #[must_use]
    pub fn idle_at(self, last: Timestamp) -> Option<Timestamp> {
        let idle = i64::from(self.idle_seconds?);
        Some(last.plus_seconds(idle.saturating_add(self.activity_step()?)))
    }
}

/// What starts the clock of a bound environment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// When it was bound.
    pub bound_at: Timestamp,
    /// When it became ready, if it did.
    pub ready_at: Option<Timestamp>,
    /// When it failed for good, if it did.
    pub failed_at: Option<Timestamp>,
    /// Seconds after binding at which the clock starts in any case.
    pub provision_timeout: u32,
}

impl Progress {
    /// When the clock starts in any case.
    #[must_use]
    pub fn timeout(self) -> Timestamp {
        self.bound_at.plus_seconds(i64::from(self.provision_timeout))
    }

    /// When the clock started, if it has by `now`: the first of bound and ready, bound and failed, or the timeout.
    #[must_use]
    pub fn started(self, now: Timestamp) -> Option<Timestamp> {
        let settled = [self.ready_at, self.failed_at].into_iter().flatten().map(|at| at.max(self.bound_at));
        settled.chain([self.timeout()]).min().filter(|start| *start <= now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn terms(ttl: i64, extend: u32, max: Option<u32>) -> Terms {
        Terms { ttl: Terms::ttl_of(ttl), extend_seconds: extend, max_extends: max, ..Terms::default() }
    }

    #[test]
    fn a_claim_may_only_shorten_its_lifetime() {
        let granted = terms(60, 10, None);
        assert_eq!(granted.shortened(Some(30)).unwrap().ttl, Some(30));
        assert_eq!(granted.shortened(None).unwrap(), granted);
        assert_eq!(granted.shortened(Some(61)), Err(TooLong { granted: 60 }));
        assert_eq!(granted.shortened(Some(-1)), Err(TooLong { granted: 60 }));
        assert_eq!(terms(-1, 10, None).shortened(Some(-1)).unwrap().ttl, None);
        assert_eq!(terms(-1, 10, None).shortened(Some(5)).unwrap().ttl, Some(5));
    }

    #[test]
    fn s28_the_extension_after_the_last_is_refused_and_unlimited_is_told_apart() {
        assert_eq!(terms(60, 10, Some(2)).extend(1), Ok(2));
        assert_eq!(terms(60, 10, Some(2)).extend(2), Err(Refusal::Exhausted(2)));
        assert_eq!(terms(-1, 10, None).extend(0), Err(Refusal::Unlimited));
    }

    #[test]
    fn s28_the_extension_that_would_pass_the_longest_lifetime_is_granted_up_to_it() {
        let capped = Terms { max_lifetime: Some(75), ..terms(60, 10, None) };
        assert_eq!((capped.extend(0), capped.deadline(at(0), 1)), (Ok(1), Some(at(70))));
        assert_eq!((capped.extend(1), capped.deadline(at(0), 2)), (Ok(2), Some(at(75))));
        assert_eq!(capped.extend(2), Err(Refusal::Capped(75)));
        assert_eq!(capped.deadline(at(0), 9), Some(at(75)));
        assert_eq!(capped.max_ttl(), Some(75));
        let both = Terms { max_extends: Some(1), ..capped };
        assert_eq!((both.extend(1), both.max_ttl()), (Err(Refusal::Exhausted(1)), Some(70)));
    }

    #[test]
    fn what_never_ends_is_not_idle_either_unless_its_terms_say_so() {
        assert_eq!(terms(-1, 10, None).idle_at(at(0)), None);
        assert!(!terms(-1, 10, None).is_noted(at(0), at(1_000_000)));
        let idle = Terms { idle_seconds: Some(100), ..terms(-1, 10, None) };
        assert_eq!(idle.idle_at(at(5)), Some(at(115)));
        assert_eq!((idle.is_noted(at(5), at(14)), idle.is_noted(at(5), at(15))), (false, true));
    }

    #[test]
    fn the_clock_starts_at_the_first_of_ready_failed_and_timeout() {
        let progress = Progress { bound_at: at(100), ready_at: None, failed_at: None, provision_timeout: 50 };
        assert_eq!(progress.started(at(149)), None);
        assert_eq!(progress.started(at(150)), Some(at(150)));
        assert_eq!(Progress { ready_at: Some(at(20)), ..progress }.started(at(100)), Some(at(100)));
        assert_eq!(Progress { ready_at: Some(at(120)), ..progress }.started(at(130)), Some(at(120)));
        assert_eq!(Progress { failed_at: Some(at(110)), ..progress }.started(at(130)), Some(at(110)));
    }

    proptest! {
        #[test]
        fn no_activity_that_was_answered_is_forgotten(idle in 1u32..100_000, moments in proptest::collection::vec(0i64..5_000, 1..40)) {
            let terms = Terms { idle_seconds: Some(idle), ..terms(-1, 0, None) };
            let (mut now, mut noted) = (0, 0);
            for moment in moments {
                now += moment;
                if terms.idle_at(at(noted)).unwrap() <= at(now) {
                    break;
                }
                if terms.is_noted(at(noted), at(now)) {
                    noted = now;
                }
                prop_assert!(terms.idle_at(at(noted)).unwrap() >= at(now).plus_seconds(i64::from(idle)));
            }
        }

        #[test]
        fn an_extension_never_shortens_and_never_passes_the_cap(
            ttl in 0i64..1_000_000, extend in 0u32..100_000, max in proptest::option::of(1u32..10), cap in proptest::option::of(1_000_000i64..2_000_000), n in 0u32..20, start in 0i64..4_000_000_000,
        ) {
            let terms = Terms { max_lifetime: cap, ..terms(ttl, extend, max) };
            let (now, next) = (terms.deadline(at(start), n).unwrap(), terms.deadline(at(start), n + 1).unwrap());
            prop_assert!(next >= now);
            if let Some(cap) = terms.max_ttl() {
                prop_assert!(next <= at(start).plus_seconds(cap));
            }
        }

        #[test]
        fn the_clock_once_started_does_not_move(bound in 0i64..1000, ready in 0i64..2000, timeout in 0u32..1000, later in 0i64..5000) {
            let progress = Progress { bound_at: at(bound), ready_at: Some(at(ready)), failed_at: None, provision_timeout: timeout };
            if let Some(start) = progress.started(at(bound + later)) {
                prop_assert_eq!(progress.started(at(bound + later + 1000)), Some(start));
                prop_assert!(start >= at(bound));
            }
        }
    }
}

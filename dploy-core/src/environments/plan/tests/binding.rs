use std::sync::Arc;

use rstest::rstest;

use crate::{
    environments::{
        UidRef,
        claim::{Claim, ClaimPhase, reason},
        instance::{Instance, InstancePhase},
        lifetime::Terms,
        parameter::{Parameter, ParameterType},
        plan::binding::{Decision, Target, TemplateState, View, holds, plan_binding, waiting_status},
        settings::Settings,
        template::{Method, Pool, Template, TtlSpec, WhenEmpty},
    },
    identity::Owner,
    testing::builders::{CREATED, claim, instance, member, owner, pool_template, template},
    time::Timestamp,
};

struct Scene {
    template: Option<Template>,
    refused: Option<&'static str>,
    settings: Settings,
    carriers: Vec<Arc<Instance>>,
    adopts: Option<Instance>,
    holders: Vec<Arc<Claim>>,
    bare: Vec<Arc<Instance>>,
    available: Vec<Arc<Instance>>,
    ahead: usize,
    cordoned: bool,
}

impl Scene {
    fn with(template: Template) -> Self {
        Self {
            template: Some(template),
            refused: None,
            settings: Settings::default(),
            carriers: vec![],
            adopts: None,
            holders: vec![],
            bare: vec![],
            available: vec![],
            ahead: 0,
            cordoned: false,
        }
    }

    fn decide(&self, claim: &Claim) -> Decision {
        let template = match (&self.template, self.refused) {
            (_, Some(why)) => TemplateState::Refused(why),
            (Some(template), None) => TemplateState::Usable(template),
            (None, None) => TemplateState::Missing,
        };
        plan_binding(
            claim,
            &View {
                template,
                settings: &self.settings,
                carriers: &self.carriers,
                adopts: self.adopts.as_ref(),
                holders: &self.holders,
                bare: &self.bare,
                available: &self.available,
                ahead: self.ahead,
                cordoned: self.cordoned,
            },
        )
    }

    fn refusal(&self, claim: &Claim) -> (&'static str, String) {
        match self.decide(claim) {
            Decision::Reject(rejection) => (rejection.reason, rejection.message),
            decision => panic!("{decision:?}"),
        }
    }

    fn target(&self, claim: &Claim) -> Target {
        match self.decide(claim) {
            Decision::Bind(target, _) => target,
            decision => panic!("{decision:?}"),
        }
    }
}

fn alice() -> Owner {
    owner("sub", "alice", "alice")
}

fn holding(template: &str, n: usize) -> Vec<Arc<Claim>> {
    (0..n).map(|i| Arc::new(claim(&alice(), &format!("{template}-{i}")))).collect()
}

#[test]
fn s20_an_on_demand_template_gives_a_new_instance() {
    assert_eq!(Scene::with(template("shell")).target(&claim(&alice(), "shell")), Target::New);
}

#[test]
fn s33_a_pool_gives_its_oldest_available_member() {
    let mut older = member("shell", 7);
    older.meta.created = older.meta.created.plus_seconds(-60);
    let scene = Scene {
        available: vec![Arc::new(member("shell", 0)), Arc::new(older.clone())],
        ..Scene::with(pool_template("shell", 2))
    };
    assert_eq!(scene.target(&claim(&alice(), "shell")), Target::Member(older.reference()));
}

#[test]
fn s35_an_empty_pool_refuses_with_a_text_that_says_to_retry() {
    let (reason, message) = Scene::with(pool_template("shell", 2)).refusal(&claim(&alice(), "shell"));
    assert_eq!((reason, message.as_str()), (reason::POOL_EXHAUSTED, "no pooled instance available, try again shortly"));
}

#[test]
fn s19_an_unknown_template_is_refused() {
    let scene = Scene { template: None, ..Scene::with(template("shell")) };
    assert_eq!(scene.refusal(&claim(&alice(), "shell")).0, reason::TEMPLATE_NOT_FOUND);
}

#[test]
fn s18_a_hidden_template_can_be_claimed_and_a_disabled_one_cannot() {
    let claim = claim(&alice(), "shell");
    assert_eq!(Scene::with(Template { visible: false, ..template("shell") }).target(&claim), Target::New);
    assert_eq!(
        Scene::with(Template { enabled: false, ..template("shell") }).refusal(&claim).0,
        reason::TEMPLATE_DISABLED
    );
}

#[test]
fn a_template_that_is_not_accepted_refuses_with_its_own_words() {
    let scene = Scene { refused: Some("engine argocd is not available"), ..Scene::with(template("shell")) };
    let (reason, message) = scene.refusal(&claim(&alice(), "shell"));
    assert_eq!((reason, message.as_str()), (reason::TEMPLATE_NOT_ACCEPTED, "engine argocd is not available"));
}

#[rstest]
#[case(4, None, true)]
#[case(5, None, false)]
#[case(1, Some(1), false)]
#[case(5, Some(6), true)]
fn s21_the_quota_is_the_templates_own_or_the_settings(
    #[case] held: usize,
    #[case] own: Option<u32>,
    #[case] bound: bool,
) {
    let scene = Scene {
        holders: holding("other", held),
        ..Scene::with(Template { max_instances_per_user: own, ..template("shell") })
    };
    let claim = claim(&alice(), "shell");
    if bound {
        assert_eq!(scene.target(&claim), Target::New);
    } else {
        let limit = own.unwrap_or(5);
        assert_eq!(scene.refusal(&claim), (reason::QUOTA_EXCEEDED, format!("Maximum {limit} environments allowed")));
    }
}

#[test]
fn bare_instances_count_in_the_quota_and_in_uniqueness() {
    let bare = |template: &str| {
        Arc::new(Instance { owner: Some("alice".into()), ..instance("bare", template, InstancePhase::Ready) })
    };
    let claim = claim(&alice(), "shell");
    let full = Scene { holders: holding("other", 4), bare: vec![bare("third")], ..Scene::with(template("shell")) };
    assert_eq!(full.refusal(&claim).0, reason::QUOTA_EXCEEDED);
    let twice = Scene { bare: vec![bare("shell")], ..Scene::with(template("shell")) };
    assert_eq!(twice.refusal(&claim).0, reason::DUPLICATE);
}

#[test]
fn s23_a_second_claim_of_one_owner_and_template_names_the_first() {
    let first = Arc::new(claim(&alice(), "shell"));
    let scene = Scene { holders: vec![Arc::clone(&first)], ..Scene::with(template("shell")) };
    let mut second = claim(&alice(), "shell");
    second.meta.key.name = "by-hand".into();
    let (reason, message) = scene.refusal(&second);
    assert_eq!(reason, reason::DUPLICATE);
    assert!(message.contains(&first.meta.key.name), "{message}");
}

#[test]
fn s24_an_environment_that_is_ending_counts_for_nothing() {
    let mut bound = claim(&alice(), "shell");
    bound.status.phase = crate::environments::claim::ClaimPhase::Bound;
    let mut going = instance("alice-shell", "shell", InstancePhase::Ready);
    assert!(holds(&bound, Some(&going), false));
    going.meta.deleting_since = Some(going.meta.created);
    assert!(!holds(&bound, Some(&going), false));
    assert!(!holds(&bound, None, false));
    assert!(holds(&bound, None, true));
}

#[test]
fn s25_a_missing_parameter_is_named() {
    let wanted = Parameter {
        name: "size".into(),
        description: String::new(),
        required: true,
        default: String::new(),
        kind: ParameterType::Integer,
        allowed: vec![],
        pattern: None,
        max_length: None,
    };
    let scene = Scene::with(Template { parameters: vec![wanted], ..template("shell") });
    assert_eq!(
        scene.refusal(&claim(&alice(), "shell")),
        (reason::INVALID_PARAMS, "missing required parameter \"size\"".to_owned())
    );
}

#[test]
fn a_claim_that_asks_for_more_time_than_granted_is_refused() {
    let limited = Template { ttl: TtlSpec { seconds: Some(60), ..TtlSpec::default() }, ..template("shell") };
    for asked in [61, -1] {
        let claim = Claim { ttl_seconds: Some(asked), ..claim(&alice(), "shell") };
        let (reason, message) = Scene::with(limited.clone()).refusal(&claim);
        assert_eq!(reason, reason::INVALID_TTL);
        assert!(message.contains("ttlSeconds must be at most 60"), "{message}");
    }
}

#[test]
fn an_instance_that_carries_the_claim_is_completed_before_anything_is_asked() {
    let scene = Scene {
        carriers: vec![
            Arc::new(instance("b", "shell", InstancePhase::Pending)),
            Arc::new(instance("a", "shell", InstancePhase::Ready)),
        ],
        template: None,
        holders: holding("other", 9),
        ..Scene::with(template("shell"))
    };
    let Target::Carrier(carrier) = scene.target(&claim(&alice(), "shell")) else { panic!("not completed") };
    assert_eq!(carrier.name, "a", "the one that has effects wins");
}

#[test]
fn a_bare_instance_is_adopted_by_its_owner_only_and_keeps_its_own_lifetime() {
    let mine = Instance {
        owner: Some("alice".into()),
        owner_id: Some(alice().id),
        ttl_seconds: Some(90),
        ..instance("bare", "shell", InstancePhase::Ready)
    };
    let mut claim = claim(&alice(), "shell");
    claim.adopts = Some(mine.reference());
    let scene = Scene {
        adopts: Some(mine.clone()),
        holders: holding("other", 9),
        template: None,
        ..Scene::with(template("shell"))
    };
    let Decision::Bind(target, terms) = scene.decide(&claim) else { panic!("refused") };
    assert_eq!(target, Target::Adopted(mine.reference()));
    assert_eq!(terms, Terms { ttl: Some(90), extend_seconds: 7200, ..Terms::default() });
    let claimed = Instance { claim: Some(UidRef { name: "x".into(), uid: "y".into() }), ..mine.clone() };
    let foreign = Instance { owner_id: Some(owner("sub", "bob", "bob").id), ..mine };
    for other in [claimed, foreign] {
        let scene = Scene { adopts: Some(other), ..Scene::with(template("shell")) };
        assert_eq!(scene.refusal(&claim).0, reason::INSTANCE_NOT_ADOPTABLE);
    }
}

fn waiting_pool(when_empty: WhenEmpty) -> Scene {
    let template = pool_template("shell", 1);
    let Method::Pool(pool) = template.method.clone() else { panic!("it has a pool") };
    Scene::with(Template { method: Method::Pool(Pool { when_empty, ..pool }), ..template })
}

#[rstest]
#[case(WhenEmpty::Reject, None, None)]
#[case(WhenEmpty::Reject, Some(false), None)]
#[case(WhenEmpty::Reject, Some(true), Some(Decision::Wait))]
#[case(WhenEmpty::Wait, None, Some(Decision::Wait))]
#[case(WhenEmpty::Wait, Some(true), Some(Decision::Wait))]
#[case(WhenEmpty::Wait, Some(false), None)]
#[case(WhenEmpty::Provision, Some(true), Some(Decision::Wait))]
fn s35_an_empty_pool_refuses_or_lets_wait_as_template_and_claim_say(
    #[case] when_empty: WhenEmpty,
    #[case] wait_for_pool: Option<bool>,
    #[case] expected: Option<Decision>,
) {
    let asking = Claim { wait_for_pool, ..claim(&alice(), "shell") };
    match expected {
        Some(decision) => assert_eq!(waiting_pool(when_empty).decide(&asking), decision),
        None => assert_eq!(waiting_pool(when_empty).refusal(&asking).0, reason::POOL_EXHAUSTED),
    }
}

#[test]
fn s35_an_empty_pool_that_provisions_gives_a_new_instance_and_a_filled_one_a_member() {
    let mut scene = waiting_pool(WhenEmpty::Provision);
    assert_eq!(scene.target(&claim(&alice(), "shell")), Target::New);
    let refusing = Claim { wait_for_pool: Some(false), ..claim(&alice(), "shell") };
    assert_eq!(scene.target(&refusing), Target::New);
    let free = Arc::new(member("shell", 0));
    scene.available = vec![free.clone()];
    assert_eq!(scene.target(&claim(&alice(), "shell")), Target::Member(free.reference()));
}

#[test]
fn s35_a_member_is_for_those_who_asked_earlier() {
    let mut scene = waiting_pool(WhenEmpty::Wait);
    scene.available = vec![Arc::new(member("shell", 0))];
    scene.ahead = 1;
    let asking = claim(&alice(), "shell");
    assert_eq!(scene.decide(&asking), Decision::Wait);
    let impatient = Claim { wait_for_pool: Some(false), ..asking.clone() };
    assert_eq!(scene.refusal(&impatient).0, reason::POOL_EXHAUSTED);
    scene.available.push(Arc::new(member("shell", 1)));
    assert!(matches!(scene.target(&asking), Target::Member(_)));
}

#[test]
fn s21_nobody_waits_for_what_the_quota_refuses() {
    let mut scene = waiting_pool(WhenEmpty::Wait);
    scene.holders = holding("other", 5);
    assert_eq!(scene.refusal(&claim(&alice(), "shell")).0, reason::QUOTA_EXCEEDED);
}

#[test]
fn a_waiting_claim_says_so_and_keeps_its_phase() {
    let now = Timestamp::from_unix_seconds(CREATED);
    let waiting = waiting_status(&claim(&alice(), "shell"), now);
    assert_eq!((waiting.phase, waiting.reason.as_str()), (ClaimPhase::Pending, reason::WAITING_FOR_POOL));
    let again = Claim { status: waiting.clone(), ..claim(&alice(), "shell") };
    assert_eq!(waiting_status(&again, now.plus_seconds(60)), waiting, "nothing is written while it goes on waiting");
}

#[rstest]
#[case(Some(60), None, Some(60))]
#[case(Some(60), Some(50), Some(50))]
#[case(Some(-1), Some(50), Some(50))]
#[case(Some(-1), None, None)]
#[case(Some(60), Some(90), Some(60))]
fn the_longest_lifetime_bounds_the_granted_one(
    #[case] seconds: Option<i64>,
    #[case] max_lifetime_seconds: Option<i64>,
    #[case] ttl: Option<i64>,
) {
    let spec = TtlSpec { seconds, ..TtlSpec::default() };
    let template = Template { ttl: spec, max_lifetime_seconds, idle_seconds: Some(7), ..template("shell") };
    let terms = Settings::default().terms(&template);
    assert_eq!((terms.ttl, terms.max_lifetime, terms.idle_seconds), (ttl, max_lifetime_seconds, Some(7)));
}

#[test]
fn a_cordoned_template_refuses_new_environments_and_completes_those_that_stand() {
    let alice = owner("sub", "1", "alice");
    let asked = claim(&alice, "shell");
    let mut scene = Scene { cordoned: true, ..Scene::with(template("shell")) };
    let (reason, message) = scene.refusal(&asked);
    assert_eq!(reason, reason::TEMPLATE_CORDONED);
    assert!(message.contains("\"shell\" is cordoned"), "{message}");
    let carrier = Instance { claim: Some(asked.reference()), ..instance("i", "shell", InstancePhase::Ready) };
    scene.carriers = vec![Arc::new(carrier)];
    assert!(matches!(scene.target(&asked), Target::Carrier(_)));
}

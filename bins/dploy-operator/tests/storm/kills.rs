//! Programs that are killed and paused at any time, and an API server that hangs or comes up again, while people claim,
//! extend and release.

use std::{
    collections::BTreeSet,
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use dploy_k8s::api::DployInstanceClaim;
use jiff::Timestamp;
use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng};
use reqwest::StatusCode;
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    api::{Answer, Api, People},
    harness::eventually,
    process::{self, Process},
    site::{Site, chart, pool_of, run},
};

/// How often something is killed or paused in a usual run.
const KILLS: u32 = 10;
/// How often in a long one.
const LONG_KILLS: u32 = 200;
/// Where the dice of a run start, unless `FIRE_SEED` says otherwise.
const SEED: u64 = 6;
/// Seconds for which a lease stands.
const LEASE: u64 = 3;
const OWNERS: usize = 6;
const TEMPLATES: [&str; 4] = ["cold", "warm", "brief", "lean"];
/// How many environments each owner may have, below the number of templates.
const QUOTA: usize = 3;
/// How much is done at most between two kills.
const DEEDS: usize = 5;
/// How long a request that nobody waits for any more may still be under way.
const UNDERWAY: Duration = Duration::from_secs(60);
/// How long what a server shows may be behind what another has answered, while the API server comes up again.
const BEHIND: Duration = Duration::from_secs(30);
/// How long something may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(240);

/// What a person was told of an environment.
#[derive(Clone, Debug)]
struct Told {
    uuid: String,
    until: Timestamp,
    extensions: i64,
}

/// One person, one template: who asks is sure of the order of what was said.
struct Lease {
    person: String,
    token: String,
    template: &'static str,
    told: Option<Told>,
    /// The environment whose release was not answered, and since when: that request may still arrive.
    leaving: Option<(String, Instant)>,
    /// The environments whose release was answered.
    released: BTreeSet<String>,
}

/// What everybody counts and complains about.
#[derive(Clone, Default)]
struct Ledger {
    deeds: Arc<AtomicUsize>,
    broken: Arc<Mutex<Vec<String>>>,
    ends: Arc<AtomicBool>,
}

impl Ledger {
    fn complain(&self, lease: &Lease, what: &str, answer: &Answer) {
        let Lease { person, template, told, .. } = lease;
        let text = format!("{} {person} {template}: {what}; told {told:?}, now {answer:?}", Timestamp::now());
        self.broken.lock().unwrap().push(text);
    }
}

fn until(answer: &Answer) -> Option<Timestamp> {
    answer.body["expiresAt"].as_str()?.parse().ok()
}

impl Lease {
    async fn go_on(&mut self, people: &People, ledger: &Ledger, n: usize) {
        match (&self.told, rand::random_range(0..4)) {
            (None, _) => self.create(people, ledger, n).await,
            (Some(_), 0) => self.extend(people, ledger, n).await,
            (Some(_), 1) => self.release(people, ledger, n).await,
            (Some(_), _) => self.look(people, ledger, n).await,
        }
    }

    async fn create(&mut self, people: &People, ledger: &Ledger, n: usize) {
        let Ok(answer) = people.create(n, self.template, &self.token).await else { return };
        match answer.status {
            StatusCode::OK => {
                let uuid = answer.body["uuid"].as_str().unwrap_or_default().to_owned();
                if answer.body["status"] == "pending" {
                    return;
                }
                ledger.deeds.fetch_add(1, Ordering::SeqCst);
                if self.released.contains(&uuid) {
                    ledger.complain(self, "given what was released", &answer);
                }
                let another = |left: &str| !left.is_empty() && left != uuid;
                self.leaving.take_if(|(left, since)| another(left) || since.elapsed() > UNDERWAY);
                if self.leaving.is_some() {
                    return;
                }
                self.told = until(&answer).map(|until| Told { uuid, until, extensions: 0 });
            }
            // Over quota, an empty pool, or a server that cannot reach the cluster.
            StatusCode::FORBIDDEN | StatusCode::SERVICE_UNAVAILABLE => {}
            _ => ledger.complain(self, "create", &answer),
        }
    }

    async fn look(&mut self, people: &People, ledger: &Ledger, n: usize) {
        let begun = Instant::now();
        while let Ok(answer) = people.status(n, self.template, &self.token).await {
            if !self.is_behind(&answer) || begun.elapsed() > BEHIND {
                return self.check(&answer, ledger);
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Whether a status shows what stood before the last answer: it is read from caches.
    fn is_behind(&self, answer: &Answer) -> bool {
        let Some(told) = self.told.as_ref().filter(|_| answer.status == StatusCode::OK) else { return false };
        if answer.body["uuid"] == told.uuid.as_str() {
            until(answer).is_some_and(|until| until < told.until)
        } else {
            Timestamp::now() < told.until
        }
    }

    /// Compares what a status says with what was said before.
    fn check(&mut self, answer: &Answer, ledger: &Ledger) {
        let Some(told) = self.told.clone() else { return };
        match answer.status {
            StatusCode::OK => {
                ledger.deeds.fetch_add(1, Ordering::SeqCst);
                let uuid = answer.body["uuid"].as_str().unwrap_or_default();
                if !told.uuid.is_empty() && uuid != told.uuid && Timestamp::now() < told.until {
                    ledger.complain(self, "another environment", answer);
                }
                if until(answer).is_some_and(|now| now < told.until) && uuid == told.uuid {
                    ledger.complain(self, "a deadline that moved back", answer);
                }
                let until = until(answer).unwrap_or(told.until);
                self.told = Some(Told { uuid: uuid.to_owned(), until, ..told });
            }
            StatusCode::NOT_FOUND if Timestamp::now() < told.until => {
                ledger.complain(self, "gone before its deadline", answer);
                self.told = None;
            }
            StatusCode::NOT_FOUND => self.told = None,
            StatusCode::SERVICE_UNAVAILABLE => {}
            _ => ledger.complain(self, "status", answer),
        }
    }

    async fn extend(&mut self, people: &People, ledger: &Ledger, n: usize) {
        let Ok(answer) = people.extend(n, self.template, &self.token).await else { return };
        match (answer.status, &mut self.told) {
            (StatusCode::OK, Some(told)) => {
                ledger.deeds.fetch_add(1, Ordering::SeqCst);
                let before = told.until;
                told.until = until(&answer).unwrap();
                told.extensions += 1;
                if told.until < before {
                    ledger.complain(self, "an extension that moved the deadline back", &answer);
                }
            }
            (StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE, _) => {}
            _ => self.check(&answer, ledger),
        }
    }

    async fn release(&mut self, people: &People, ledger: &Ledger, n: usize) {
        // Whatever is answered, it may be gone now.
        let told = self.told.take();
        let left = told.clone().map(|told| (told.uuid, Instant::now()));
        let Ok(answer) = people.release(n, self.template, &self.token).await else {
            self.leaving = left;
            return;
        };
        match answer.status {
            StatusCode::NO_CONTENT => {
                ledger.deeds.fetch_add(1, Ordering::SeqCst);
                self.released.extend(told.map(|told| told.uuid));
            }
            StatusCode::NOT_FOUND if told.as_ref().is_some_and(|told| Timestamp::now() < told.until) => {
                ledger.complain(self, "gone before its release", &answer);
            }
            StatusCode::NOT_FOUND => {}
            StatusCode::SERVICE_UNAVAILABLE => self.leaving = left,
            _ => ledger.complain(self, "release", &answer),
        }
    }
}

/// One person at work until everybody ends; gives what they were told last.
async fn person(site: Arc<Site>, people: People, ledger: Ledger, number: usize) -> Vec<Lease> {
    let name = format!("p{number}");
    let token = site.person(&name);
    let lease = |template| Lease {
        person: name.clone(),
        token: token.clone(),
        template,
        told: None,
        leaving: None,
        released: BTreeSet::new(),
    };
    let mut leases = TEMPLATES.map(lease);
    while !ledger.ends.load(Ordering::SeqCst) {
        let (which, server) = (rand::random_range(0..leases.len()), rand::random_range(0..2));
        leases[which].go_on(&people, &ledger, server).await;
        sleep(Duration::from_millis(rand::random_range(5..60))).await;
    }
    leases.into()
}

/// Two operators that compete, and two servers.
struct Programs {
    operators: Vec<Process>,
    servers: Vec<Api>,
}

fn operator(site: &Site, which: usize) -> Process {
    let (lease, quota) = (LEASE.to_string(), QUOTA.to_string());
    let env = [("LEASE_DURATION", lease.as_str()), ("MAX_ENVIRONMENTS_PER_USER", quota.as_str())];
    Process::start(site, ["operator-a", "operator-b"][which], &env)
}

fn server(site: &Site, addresses: [std::net::SocketAddr; 2]) -> Api {
    let quota = QUOTA.to_string();
    Api::start_at(site, "api", &[("MAX_ENVIRONMENTS_PER_USER", quota.as_str()), ("CLAIM_WAIT", "5s")], addresses)
}

impl Programs {
    async fn start(site: &Site) -> Self {
        let mut servers = Vec::new();
        for _ in 0..2 {
            servers.push(server(site, process::free_addresses()).ready().await);
        }
        Self { operators: (0..2).map(|which| operator(site, which)).collect(), servers }
    }

    /// Does one evil thing.
    async fn strike(&mut self, site: &Site, dice: &mut StdRng) {
        let which = dice.random_range(0..2);
        match dice.random_range(0..10) {
            0..=3 => self.replace(site, which),
            4..=6 => {
                let addresses = [self.servers[which].process.health, self.servers[which].process.metrics];
                self.servers[which].process.signal("KILL");
                self.servers[which].process.end().await;
                self.servers[which] = server(site, addresses);
            }
            7 => {
                self.operators[which].signal("STOP");
                sleep(Duration::from_millis(1000 * LEASE + dice.random_range(200..2500))).await;
                self.operators[which].signal("CONT");
            }
            8 => site.cluster.pause_api_server(Duration::from_millis(dice.random_range(300..5000))).await.unwrap(),
            _ => site.cluster.restart_api_server().await.unwrap(),
        }
    }

    /// Who has lost the lease ends by itself, and is started again as a Deployment would.
    fn revive(&mut self, site: &Site) {
        for which in 0..2 {
            if self.operators[which].ended().is_some() {
                self.operators[which] = operator(site, which);
            }
        }
    }

    fn replace(&mut self, site: &Site, which: usize) {
        self.operators[which].signal("KILL");
        self.operators[which] = operator(site, which);
    }
}

async fn templates(site: &Site) {
    let own = |more: serde_json::Value| {
        let mut all = more.as_object().unwrap().clone();
        all.insert("visible".to_owned(), json!(true));
        all.into()
    };
    let long = json!({ "seconds": 3600, "extendSeconds": 60, "maxExtends": 1000 });
    let mut warm = pool_of(6, true);
    warm["ttl"] = long.clone();
    let mut lean = pool_of(4, false);
    lean["ttl"] = long.clone();
    site.template("cold", chart(), own(json!({ "ttl": long }))).await;
    site.template("warm", chart(), own(warm)).await;
    site.template("lean", chart(), own(lean)).await;
    let brief = json!({ "seconds": 5, "extendSeconds": 3, "maxExtends": 1000 });
    site.template("brief", chart(), own(json!({ "ttl": brief }))).await;
}

async fn kills(site: Site, count: u32) {
    let seed = env::var("FIRE_SEED").ok().map_or(SEED, |seed| seed.parse().unwrap());
    let mut dice = StdRng::seed_from_u64(seed);
    let site = Arc::new(site);
    let _stub = site.stub().start();
    templates(&site).await;
    let mut programs = Programs::start(&site).await;
    let people = People::of(&[&programs.servers[0], &programs.servers[1]]);
    people.know(&TEMPLATES).await;
    let (ledger, mut tasks) = (Ledger::default(), JoinSet::new());
    for number in 0..OWNERS {
        tasks.spawn(person(Arc::clone(&site), people.clone(), ledger.clone(), number));
    }
    for kill in 0..count {
        let (done, start) = (ledger.deeds.load(Ordering::SeqCst) + dice.random_range(0..=DEEDS), Instant::now());
        while ledger.deeds.load(Ordering::SeqCst) < done {
            assert!(start.elapsed() < PATIENCE, "nothing is done after {kill} kills (FIRE_SEED={seed})");
            programs.revive(&site);
            sleep(Duration::from_millis(2)).await;
        }
        sleep(Duration::from_millis(dice.next_u64() % 200)).await;
        programs.strike(&site, &mut dice).await;
    }
    ledger.ends.store(true, Ordering::SeqCst);
    let leases = tasks.join_all().await.into_iter().flatten();
    programs.revive(&site);
    site.sound(QUOTA).await;
    for lease in leases {
        honoured(&site, &people, &ledger, lease).await;
    }
    let broken = ledger.broken.lock().unwrap().clone();
    assert!(broken.is_empty(), "FIRE_SEED={seed}: {broken:#?}");
    assert!(ledger.deeds.load(Ordering::SeqCst) > 0);
}

/// What was told last still holds, unless its time is up.
async fn honoured(site: &Site, people: &People, ledger: &Ledger, mut lease: Lease) {
    let answer = eventually("a server answers", || async {
        let answer = people.status(0, lease.template, &lease.token).await.ok()?;
        (answer.status != StatusCode::SERVICE_UNAVAILABLE).then_some(answer)
    })
    .await;
    lease.look(people, ledger, 0).await;
    let Some(told) = &lease.told else { return };
    let claims = site.list::<DployInstanceClaim>().await;
    let claim =
        claims.iter().find(|claim| claim.spec.owner == lease.person && claim.spec.template_ref == lease.template);
    if !claim.is_some_and(|claim| claim.spec.extensions >= told.extensions || Timestamp::now() >= told.until) {
        ledger.complain(&lease, "an extension is lost", &answer);
    }
}

#[test]
fn s52_s54_programs_killed_and_paused_at_any_time_double_lose_and_end_nothing_early() {
    run(|site| kills(site, KILLS));
}

#[test]
#[ignore = "long: 200 kills"]
fn s52_s54_programs_killed_200_times_double_lose_and_end_nothing_early() {
    run(|site| kills(site, LONG_KILLS));
}

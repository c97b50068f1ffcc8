//! Many at once.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim, DployTemplate},
    testing::Filter,
};
use futures::future::{join, join_all};
use jiff::{SignedDuration, Timestamp};
use kube::{
    ResourceExt as _,
    api::{Patch, PatchParams},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    api::{Answer, People},
    harness::{LIMIT, annotation, claim_phase, eventually},
    site::{Site, chart, pool_of, run},
};

/// What is allowed where nothing says otherwise.
const QUOTA: usize = 5;

fn visible(more: Value) -> Value {
    let mut more = more.as_object().unwrap().clone();
    more.insert("visible".to_owned(), json!(true));
    more.into()
}

/// The environments that these answers give, by uuid.
fn given(answers: &[Answer]) -> Vec<String> {
    let won = answers.iter().filter(|answer| answer.status == StatusCode::OK);
    won.map(|answer| answer.body["uuid"].as_str().unwrap().to_owned()).collect()
}

/// Whether an answer decides nothing: it was given before the operator had come to it.
fn is_open(answer: &Answer) -> bool {
    let pending = answer.status == StatusCode::OK && answer.body["status"] == "pending";
    pending || answer.status == StatusCode::GATEWAY_TIMEOUT
}

/// Asks for an environment until that is decided: a machine that is busy elsewhere may take longer than a request has.
async fn decided(people: &People, template: &str, token: &str) -> Answer {
    let deadline = Instant::now() + LIMIT;
    loop {
        let answer = people.create(0, template, token).await.unwrap();
        if !is_open(&answer) || Instant::now() >= deadline {
            return answer;
        }
    }
}

/// Fails unless what each person was told they got is theirs.
async fn honoured(site: &Site, told: &[(String, Answer)]) {
    let instances = site.list::<DployInstance>().await;
    for (person, answer) in told.iter().filter(|(_, answer)| answer.status == StatusCode::OK) {
        let uuid = answer.body["uuid"].as_str().unwrap();
        let found =
            instances.iter().find(|instance| instance.status.as_ref().is_some_and(|status| status.uuid == uuid));
        let found = found.unwrap_or_else(|| panic!("{person} was given {uuid}, which is not there"));
        assert_eq!(&found.spec.owner, person, "{uuid} was given to {person}");
    }
}

#[test]
fn s34_d01_three_hundred_claims_by_three_hundred_users_get_the_three_hundred_members() {
    run(|site| async move {
        let _stub = site.stub().start();
        let (_operator, api) = (site.operator().await, site.api().await);
        let people = People::of(&[&api]);
        site.template("shell", chart(), visible(pool_of(300, false))).await;
        people.know(&["shell"]).await;
        site.pool("shell", 300).await;
        let names: Vec<_> = (0..300).map(|n| format!("p{n}")).collect();
        let tokens: Vec<_> = names.iter().map(|name| site.person(name)).collect();
        let answers = join_all(tokens.iter().map(|token| decided(&people, "shell", token))).await;
        let told: Vec<_> = names.into_iter().zip(answers).collect();
        let answers: Vec<_> = told.iter().map(|(_, answer)| answer.clone()).collect();
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status != StatusCode::OK).collect();
        assert!(refused.is_empty(), "{} refused: {:?}", refused.len(), refused[0]);
        let given = given(&answers);
        assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), 300, "none twice");
        site.sound(QUOTA).await;
        honoured(&site, &told).await;
        assert_eq!(site.list::<DployInstance>().await.len(), 300);
    });
}

#[test]
fn s22_a_thousand_requests_by_one_owner_over_twenty_templates_through_three_processes_give_five() {
    run(|site| async move {
        let _stub = site.stub().start();
        let (_operator, apis) = (site.operator().await, [site.api().await, site.api().await, site.api().await]);
        let people = People::of(&apis.each_ref());
        let names: Vec<_> = (0..20).map(|n| format!("t{n}")).collect();
        for name in &names {
            site.template(name, chart(), json!({ "visible": true })).await;
        }
        people.know(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let token = site.person("alice");
        let ask = (0..1000).map(|n| people.create(n, &names[n % 20], &token));
        let answers: Vec<_> = join_all(ask).await.into_iter().map(Result::unwrap).collect();
        // A machine that is busy elsewhere may not decide all in the time that a request has.
        let decided: Vec<usize> = (0..1000).filter(|n| !is_open(&answers[*n])).collect();
        let (won, lost): (Vec<usize>, Vec<usize>) = decided.iter().partition(|n| answers[**n].status == StatusCode::OK);
        let won: BTreeSet<_> = won.into_iter().map(|n| names[n % 20].clone()).collect();
        for answer in lost.into_iter().map(|n| &answers[n]) {
            let told = (answer.status, answer.body["error"].as_str().unwrap());
            // Claims of one name come and go while many ask; who sees several go is told to try again.
            let known = [
                (StatusCode::FORBIDDEN, "Maximum 5 environments allowed"),
                (StatusCode::CONFLICT, "the environment was changed by another request, try again"),
            ];
            assert!(known.contains(&told), "{told:?}");
        }
        assert!(won.len() == 5 || (won.len() < 5 && decided.len() < 1000), "{won:?}");
        site.sound(QUOTA).await;
        let held: BTreeSet<_> = site.usable(5).await.into_iter().map(|instance| instance.spec.template_ref).collect();
        assert!(held.len() == 5 && won.is_subset(&held), "{won:?} of {held:?}");
    });
}

#[test]
fn s23_twenty_parallel_creates_of_one_template_through_three_processes_give_one_instance() {
    run(|site| async move {
        let _stub = site.stub().start();
        let (_operator, apis) = (site.operator().await, [site.api().await, site.api().await, site.api().await]);
        let people = People::of(&apis.each_ref());
        site.template("cold", chart(), json!({ "visible": true })).await;
        site.template("warm", chart(), visible(pool_of(3, true))).await;
        people.know(&["cold", "warm"]).await;
        site.pool("warm", 3).await;
        let token = site.person("alice");
        for template in ["cold", "warm"] {
            let answers = join_all((0..20).map(|n| people.create(n, template, &token))).await;
            assert!(answers.iter().all(|answer| answer.as_ref().unwrap().status == StatusCode::OK), "{answers:?}");
        }
        site.sound(QUOTA).await;
        let claimed = site.usable(5).await.into_iter().filter(|instance| instance.spec.claim_ref.is_some());
        assert_eq!(claimed.count(), 2);
    });
}

#[test]
fn s37_a_pool_whose_size_flaps_during_a_claim_storm_gives_each_member_once_and_removes_none_that_is_claimed() {
    run(|site| async move {
        let _stub = site.stub().start();
        let (_operator, api) = (site.operator().await, site.api().await);
        let people = People::of(&[&api]);
        site.template("shell", chart(), visible(pool_of(50, true))).await;
        people.know(&["shell"]).await;
        site.pool("shell", 50).await;
        let ends = AtomicBool::new(false);
        let flap = async {
            for round in 1.. {
                site.resize("shell", [50, 0][round % 2]).await;
                tokio::time::sleep(Duration::from_millis(400)).await;
                if ends.load(Ordering::SeqCst) && round >= 10 {
                    return;
                }
            }
        };
        let storm = async {
            let wave = |wave: usize| {
                let (site, people) = (&site, &people);
                async move {
                    tokio::time::sleep(Duration::from_millis(300) * u32::try_from(wave).unwrap()).await;
                    let ask = (0..20).map(|n| async move {
                        let name = format!("p{wave}-{n}");
                        let answer = people.create(0, "shell", &site.person(&name)).await.unwrap();
                        (name, answer)
                    });
                    join_all(ask).await
                }
            };
            let told: Vec<_> = join_all((0..5).map(wave)).await.into_iter().flatten().collect();
            ends.store(true, Ordering::SeqCst);
            told
        };
        let (told, ()) = join(storm, flap).await;
        for (person, answer) in &told {
            let known = [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE];
            assert!(known.contains(&answer.status), "{person}: {answer:?}");
        }
        let answers: Vec<_> = told.iter().map(|(_, answer)| answer.clone()).collect();
        let given = given(&answers);
        assert!(!given.is_empty());
        assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), given.len(), "none twice");
        site.resize("shell", 3).await;
        site.pool("shell", 3).await;
        site.sound(QUOTA).await;
        honoured(&site, &told).await;
        assert_eq!(site.list::<DployInstance>().await.len(), given.len() + 3);
    });
}

#[test]
fn s38_a_template_deleted_in_a_claim_storm_leaves_what_was_claimed_and_nothing_else() {
    run(|site| async move {
        let _stub = site.stub().start();
        let (_operator, api) = (site.operator().await, site.api().await);
        let people = People::of(&[&api]);
        site.template("shell", chart(), visible(pool_of(40, true))).await;
        people.know(&["shell"]).await;
        site.pool("shell", 40).await;
        let names: Vec<_> = (0..60).map(|n| format!("p{n}")).collect();
        let tokens: Vec<_> = names.iter().map(|name| site.person(name)).collect();
        let ask = tokens.iter().enumerate().map(|(n, token)| {
            let people = &people;
            async move {
                tokio::time::sleep(Duration::from_millis(10) * u32::try_from(n).unwrap()).await;
                people.create(0, "shell", token).await.unwrap()
            }
        });
        let delete = async {
            tokio::time::sleep(Duration::from_millis(250)).await;
            site.delete::<DployTemplate>("shell").await;
        };
        let (answers, ()) = join(join_all(ask), delete).await;
        let told: Vec<_> = names.into_iter().zip(answers.iter().cloned()).collect();
        for (person, answer) in &told {
            let known = [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE, StatusCode::NOT_FOUND];
            assert!(known.contains(&answer.status), "{person}: {answer:?}");
        }
        let given = given(&answers);
        eventually("the free members are gone", || async {
            let all = site.list::<DployInstance>().await;
            all.iter().all(|instance| instance.spec.claim_ref.is_some()).then_some(())
        })
        .await;
        site.sound(QUOTA).await;
        honoured(&site, &told).await;
        assert_eq!(site.list::<DployInstance>().await.len(), given.len());
    });
}

#[test]
fn s37_a_broken_chart_with_fifty_members_is_tried_again_a_bounded_number_of_times() {
    run(|site| async move {
        let _stub = site.stub().failing("broken").start();
        let _operator = site.operator().await;
        let broken = json!({ "type": "helm", "repoURL": "https://charts.example.org", "chart": "broken" });
        let mark = site.mark();
        site.template("broken", broken, pool_of(50, true)).await;
        let attempts = || {
            let filter = Filter::new().user("operator").verb("create").resource("dployinstances").subresource("");
            site.cluster.audit().count(&filter.since(mark).namespace(&site.namespace)).unwrap()
        };
        eventually("every member has failed and most were tried again", || async { (attempts() >= 75).then_some(()) })
            .await;
        let (tries, since) = (attempts(), tokio::time::Instant::now());
        tokio::time::sleep(Duration::from_secs(30)).await;
        // A first failure waits 10 s, a second 20 s, a third 40 s: in such a time no slot has more than three turns.
        let turns = usize::try_from(since.elapsed().as_secs()).unwrap().div_ceil(10).min(3);
        assert!(attempts() - tries <= 50 * turns, "{} members in {:?}", attempts() - tries, since.elapsed());
        let members = site.list::<DployInstance>().await;
        // Those that are being torn down give their slots up at once.
        let live = members.iter().filter(|member| member.metadata.deletion_timestamp.is_none()).count();
        assert!(live <= 50 && members.len() <= 100, "{live} of {}", members.len());
        let tried = members.iter().map(|member| annotation(member, "dploy.dev/attempt").parse().unwrap_or(0u32)).max();
        assert!(tried.is_some_and(|tried| tried >= 1), "{tried:?}");
        site.delete::<DployTemplate>("broken").await;
        site.holds(0).await;
    });
}

#[test]
fn s51_five_hundred_environments_that_expire_in_one_second_go_then_and_not_before() {
    run(|site| async move {
        let _stub = site.stub().start();
        let _operator = site.operator().await;
        site.template("shell", chart(), json!({ "ttl": { "seconds": 3600 } })).await;
        let names = join_all((0..500).map(|n| {
            let site = &site;
            async move { site.claim(&format!("p{n}"), "shell").await }
        }))
        .await;
        site.usable(500).await;
        eventually("every lifetime has started", || async {
            let claims = site.list::<DployInstanceClaim>().await;
            let started =
                claims.iter().filter(|claim| claim.status.as_ref().is_some_and(|status| status.started_at.is_some()));
            (started.count() == 500).then_some(())
        })
        .await;
        // All of them started so long ago that they end within one second.
        let end = Timestamp::from_second(Timestamp::now().as_second() + 20).unwrap();
        let started = end - SignedDuration::from_secs(3600);
        join_all(names.iter().map(|name| started_at(&site, name, started))).await;
        site.holds(0).await;
        for claim in site.list::<DployInstanceClaim>().await {
            let status = claim.status.clone().unwrap();
            assert_eq!(claim_phase(&claim), "Expired", "{}", claim.name_any());
            assert!(status.message.starts_with("its time was up at"), "{}", status.message);
            let ended = status.conditions.iter().find(|condition| condition.type_ == "Bound").unwrap();
            assert!(ended.status == "False" && ended.last_transition_time.0 >= end, "{end}: {ended:?}");
        }
    });
}

/// Writes that the lifetime of a claim has started then.
async fn started_at(site: &Site, claim: &str, start: Timestamp) {
    let patch = Patch::Merge(json!({ "status": { "startedAt": start } }));
    let api = site.objects::<DployInstanceClaim>();
    api.patch_status(claim, &PatchParams::default(), &patch).await.unwrap();
}

//! Random templates over random data: this engine and Go give the same bytes,
//! or an error on the same line.
//!
//! `DIFFERENTIAL_SEED` repeats one template by the seed that a failure tells,
//! and `DIFFERENTIAL_COUNT` is how many there are.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod support;

use std::{collections::BTreeMap, env, fmt::Write as _};

use dploy_template::ErrorKind;
use serde_json::{Value as Json, json};
use support::{
    case::Answer,
    grammar::Grammar,
    program::Go,
    random::Random,
    signatures::{Signature, signatures},
    tree::Tree,
    values,
};

/// Cases that Go is asked at once.
const BATCH: usize = 200;

/// One random case.
struct Sample {
    seed: u64,
    tree: Tree,
    json: Json,
}

/// The functions without and with Helm's.
struct Functions([Vec<Signature>; 2]);

impl Sample {
    fn new(seed: u64, functions: &Functions) -> Self {
        let mut random = Random::new(seed);
        let helm = random.percent(30);
        let data = values::data(&mut random);
        let missing = *random.pick(&["default", "zero", "error"]);
        let depth = random.below(4);
        let tree = Grammar::new(&mut random, &functions.0[usize::from(helm)]).template(depth);
        let json = json!({"template": tree.write(), "helm": helm, "data": data, "missing": missing});
        Self { seed, tree, json }
    }

    /// A text that is meant to be YAML, over data without special characters.
    fn document(seed: u64, functions: &Functions) -> Self {
        let mut random = Random::new(seed);
        let mut data = values::data(&mut random);
        values::plain(&mut data, &mut random);
        let tree = Grammar::new(&mut random, &functions.0[0]).document();
        let json = json!({"template": tree.write(), "tree": true, "data": data, "missing": "zero"});
        Self { seed, tree, json }
    }

    fn with(&self, tree: Tree) -> Self {
        let mut json = self.json.clone();
        json["template"] = tree.write().into();
        Self { seed: self.seed, tree, json }
    }
}

/// Why answers differ as they should, if they do.
fn exempt(answer: &Json, ours: &Answer) -> Option<&'static str> {
    let output = answer["output"].as_str().unwrap_or_default();
    if ["yaml: ", "unexpected end of JSON", "invalid character"].iter().any(|text| output.contains(text)) {
        return Some("texts of errors in YAML and JSON");
    }
    if output.contains("0xc0000") || output.contains("0xc0001") {
        return Some("addresses");
    }
    if answer["error"] == "yaml" && matches!(ours, Answer::Tree(_)) {
        return Some("YAML 1.2, and what a user supplied, is read where Go fails");
    }
    if answer["tree"] == true && answer["template"].as_str().unwrap().contains("%c") {
        return Some("a character told by its number is a user's in trees");
    }
    if let (Answer::Tree(ours), Some(gos)) = (ours, answer["json"].as_str())
        && user_text(&serde_json::from_str(gos).unwrap(), ours)
    {
        return Some("special characters of a user are text");
    }
    let Answer::Failed(error) = ours else { return None };
    if error.message().contains("multiline quoted scalar") {
        return Some("YAML 1.2 indents the further lines of a quoted scalar");
    }
    if error.kind() == ErrorKind::Structure {
        return Some("structure made by a user");
    }
    if error.message().contains("slice index out of bounds") && answer["error"].is_null() {
        return Some("memory behind a list");
    }
    (answer["error"] == "execute" && one_command(answer, error.line())).then_some("a command over several lines")
}

/// Whether trees differ, and only where text with special characters stands in ours.
fn user_text(gos: &Json, ours: &Json) -> bool {
    let special = |text: &str| text.trim() != text || text.starts_with(['[', '{', '"', '\'']);
    match (gos, ours) {
        (gos, Json::String(ours)) => gos.as_str() != Some(ours) && special(ours),
        (Json::Object(gos), Json::Object(ours)) => {
            let mut differing = ours.iter().filter(|(key, ours)| gos.get(*key) != Some(ours)).peekable();
            differing.peek().is_some()
                && gos.len() == ours.len()
                && differing.all(|(key, ours)| gos.get(key).is_some_and(|gos| user_text(gos, ours)))
        }
        _ => false,
    }
}

/// Whether Go's line and ours lie in one action: Go tells where the operand
/// stands that it read last, this engine where the function or field stands.
fn one_command(answer: &Json, ours: usize) -> bool {
    let text = answer["template"].as_str().unwrap();
    let gos = usize::try_from(answer["line"].as_u64().unwrap_or_default()).unwrap();
    let line = |at: usize| 1 + text[..at].matches('\n').count();
    let actions = text.match_indices("{{").filter_map(|(at, _)| Some((line(at), line(at + text[at..].find("}}")?))));
    gos != ours && actions.into_iter().any(|(from, to)| (from..=to).contains(&gos) && (from..=to).contains(&ours))
}

/// How an answer ended.
fn ending(ours: &Answer) -> &'static str {
    match ours {
        Answer::Failed(error) if error.kind() == ErrorKind::Parse => "parse",
        Answer::Failed(_) => "execute",
        _ => "output",
    }
}

fn differs(answer: &Json, ours: &Answer) -> bool {
    exempt(answer, ours).is_none() && !ours.agrees(answer)
}

/// Our answers and Go's. Go is not asked about what exceeds our bounds: it has none.
fn ask(samples: Vec<Sample>, go: &mut Go) -> Vec<(Sample, Answer, Option<Json>)> {
    let ours = samples.iter().map(|sample| Answer::of(&sample.json, true)).collect::<Vec<_>>();
    let bounded = |ours: &Answer| matches!(ours, Answer::Failed(error) if error.kind() == ErrorKind::Limit);
    let asked = samples.iter().zip(&ours).filter(|(_, ours)| !bounded(ours));
    let mut answers = go.answer(&asked.map(|(sample, _)| sample.json.clone()).collect::<Vec<_>>()).into_iter();
    samples
        .into_iter()
        .zip(ours)
        .map(|(sample, ours)| {
            let answer = if bounded(&ours) { None } else { answers.next() };
            (sample, ours, answer)
        })
        .collect()
}

/// The smallest case that differs in the same way.
fn reduced(mut sample: Sample, answer: &Json, go: &mut Go) -> (Sample, Json) {
    let way = |answer: &Json, ours: &Answer| (answer["error"].as_str().map(str::to_owned), ending(ours));
    let wanted = way(answer, &Answer::of(&sample.json, true));
    let mut answer = answer.clone();
    'again: loop {
        let length = sample.tree.write().len();
        let trees = sample.tree.smaller().into_iter().filter(|tree| tree.write().len() < length);
        let mut smaller: Vec<Sample> = trees.map(|tree| sample.with(tree)).collect();
        while !smaller.is_empty() {
            let rest = smaller.split_off(smaller.len().min(BATCH));
            for (found, ours, reply) in ask(std::mem::replace(&mut smaller, rest), go) {
                let Some(reply) = reply else { continue };
                if differs(&reply, &ours) && way(&reply, &ours) == wanted {
                    (sample, answer) = (found, reply);
                    continue 'again;
                }
            }
        }
        return (sample, answer);
    }
}

/// What a run has seen.
#[derive(Default)]
struct Tally {
    endings: BTreeMap<String, usize>,
    exempt: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

impl Tally {
    fn look(&mut self, sample: Sample, ours: &Answer, answer: Option<&Json>, go: &mut Go) {
        let Some(answer) = answer else {
            *self.exempt.entry("bounded").or_default() += 1;
            return;
        };
        *self.endings.entry(answer["error"].as_str().unwrap_or("output").to_owned()).or_default() += 1;
        if let Some(reason) = exempt(answer, ours) {
            *self.exempt.entry(reason).or_default() += 1;
        } else if !ours.agrees(answer) {
            let seed = sample.seed;
            let (small, answer) = reduced(sample, answer, go);
            let ours = Answer::of(&small.json, true).shown();
            let template = small.json["template"].as_str().unwrap().to_owned();
            let mut text = format!(
                "seed {seed}, missing {}, helm {}\n  template {template:?}\n",
                small.json["missing"], small.json["helm"]
            );
            let told = ["output", "hex", "json", "error", "line"].into_iter().filter(|name| !answer[name].is_null());
            told.for_each(|name| write!(text, "  Go {name}: {}", answer[name]).unwrap());
            write!(text, "\n  ours: {ours}\n").unwrap();
            self.failures.push(text);
        }
    }

    fn share(&self, ending: &str) -> f64 {
        let all: usize = self.endings.values().sum();
        f64::from(u32::try_from(*self.endings.get(ending).unwrap_or(&0)).unwrap())
            / f64::from(u32::try_from(all).unwrap())
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

/// Compares so many templates, or the one that is asked for.
fn compare(first: u64, count: u64, make: fn(u64, &Functions) -> Sample) {
    let Some(mut go) = Go::start() else { return };
    let functions = Functions([signatures(false), signatures(true)]);
    let seeds = match number("DIFFERENTIAL_SEED") {
        Some(seed) => seed..seed + 1,
        None => first..first + number("DIFFERENTIAL_COUNT").unwrap_or(count),
    };
    let seeds: Vec<u64> = seeds.collect();
    let mut tally = Tally::default();
    for seeds in seeds.chunks(BATCH) {
        let samples: Vec<Sample> = seeds.iter().map(|seed| make(*seed, &functions)).collect();
        for (sample, ours, answer) in ask(samples, &mut go) {
            tally.look(sample, &ours, answer.as_ref(), &mut go);
        }
        if tally.failures.len() >= 40 {
            break;
        }
    }
    println!("{:?}, exempt {:?}", tally.endings, tally.exempt);
    assert!(tally.failures.is_empty(), "{} differ:\n{}", tally.failures.len(), tally.failures.join("\n"));
    if seeds.len() > 1 {
        let exempt: usize = tally.exempt.values().sum();
        assert!(tally.share("output") > 0.6, "too few templates render: {:?}", tally.endings);
        assert!(exempt * 20 < seeds.len(), "too many are not compared: {:?}", tally.exempt);
    }
}

#[test]
fn random_templates_render_as_in_go() {
    compare(0, 2_000, Sample::new);
}

#[test]
#[ignore = "long: 100,000 templates"]
fn many_random_templates_render_as_in_go() {
    compare(1_000_000, 100_000, Sample::new);
}

#[test]
fn random_trees_are_those_of_gos_text() {
    compare(0, 1_000, Sample::document);
}

#[test]
#[ignore = "long: 50,000 trees"]
fn many_random_trees_are_those_of_gos_text() {
    compare(1_000_000, 50_000, Sample::document);
}

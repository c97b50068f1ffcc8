//! Our side of `cargo xtask bench template`, which runs it next to the same program in Go.
//!
//! It takes a folder with templates (`*.tpl`), which call Helm's functions if a file `helm` is there, and their data,
//! `context.json` for a struct or `data.json` for plain JSON, and obeys commands on standard input, one a line: `print` answers with the length of the rendered bytes and
//! the bytes; `render N` and `parse N` work for N milliseconds and answer with the number of renders and the
//! nanoseconds they took; `memory` answers with the peak resident set in KiB.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fmt, fs, hint, io};

use dploy_template::{ParseOptions, RenderOptions, Template, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

struct Row {
    sources: Vec<(String, String)>,
    data: Value,
    syntax: ParseOptions,
    parsed: Vec<Template>,
    options: RenderOptions,
}

impl Row {
    fn read(folder: &Path) -> Self {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|end| end == "tpl")).collect();
        files.sort();
        let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
        let sources: Vec<_> = files.iter().map(|file| (name(file), fs::read_to_string(file).unwrap())).collect();
        let syntax = ParseOptions::default().helm(folder.join("helm").exists());
        let parsed = parse(&sources, &syntax);
        Self { parsed, syntax, sources, data: read_data(folder), options: RenderOptions::default() }
    }

    fn render(&self, parsed: &[Template], mut rendered: impl FnMut(Vec<u8>)) {
        for template in parsed {
            rendered(template.render_bytes(&self.data, &self.options).unwrap());
        }
    }

    fn obey(&self, command: &str) -> Vec<u8> {
        let (word, number) = command.split_once(' ').unwrap_or((command, "0"));
        let limit = Duration::from_millis(number.parse().unwrap());
        let ignore = |bytes| drop(hint::black_box(bytes));
        match word {
            "print" => self.print(),
            "render" => repeat(limit, || self.render(&self.parsed, ignore)),
            "parse" => repeat(limit, || self.render(&parse(&self.sources, &self.syntax), ignore)),
            "memory" => peak_memory(),
            _ => panic!("unknown command {command:?}"),
        }
    }

    fn print(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.render(&self.parsed, |mut rendered| bytes.append(&mut rendered));
        let mut answer = format!("{}\n", bytes.len()).into_bytes();
        answer.append(&mut bytes);
        answer
    }
}

fn parse(sources: &[(String, String)], options: &ParseOptions) -> Vec<Template> {
    sources.iter().map(|(name, text)| Template::parse(name, text, options).unwrap()).collect()
}

fn repeat(limit: Duration, once: impl Fn()) -> Vec<u8> {
    let start = Instant::now();
    let mut count = 0;
    while count == 0 || start.elapsed() < limit {
        once();
        count += 1;
    }
    format!("{count} {}", start.elapsed().as_nanos()).into_bytes()
}

fn peak_memory() -> Vec<u8> {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches("kB").trim().as_bytes().to_vec()
}

fn read_data(folder: &Path) -> Value {
    let json = |name: &str| fs::read(folder.join(name)).map(|text| serde_json::from_slice(&text).unwrap());
    match json("context.json") {
        Ok(context) => go_struct("Context", &context),
        Err(_) => serde_json::from_slice::<Data>(&fs::read(folder.join("data.json")).unwrap()).unwrap().0,
    }
}

/// Data that is read without a tree of JSON in between, as Go reads it.
struct Data(Value);

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DataVisitor).map(Data)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nil)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::from(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::from(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(Value::from(i64::try_from(n).unwrap()))
    }

    fn visit_f64<E>(self, f: f64) -> Result<Value, E> {
        Ok(Value::from(f))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Data(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::list(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some((key, Data(value))) = entries.next_entry::<String, _>()? {
            map.push((key, value));
        }
        Ok(Value::map(map))
    }
}

/// Names that begin with a capital are those of a struct's fields.
fn go_struct(name: &str, json: &serde_json::Value) -> Value {
    match json.as_object() {
        Some(entries) if entries.keys().all(|key| key.starts_with(char::is_uppercase)) => {
            Value::object(&format!("main.{name}"), entries.iter().map(|(key, value)| (key, go_struct(key, value))))
        }
        Some(entries) if entries.values().all(serde_json::Value::is_string) => {
            Value::string_map(entries.iter().map(|(key, value)| (key, value.as_str().unwrap())))
        }
        _ => Value::from(json),
    }
}

fn main() {
    // Without a folder, as `cargo bench` runs it, there is nothing to do.
    let folder = env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let Some(row) = folder.map(|folder| Row::read(Path::new(&folder))) else { return };
    let mut stdout = io::stdout();
    for command in io::stdin().lines() {
        stdout.write_all(&row.obey(&command.unwrap())).unwrap();
        stdout.write_all(b"\n").unwrap();
        stdout.flush().unwrap();
    }
}

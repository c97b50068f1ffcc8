//! What the demo prints.

use std::time::Instant;

/// Announces a part of the story.
pub(super) fn heading(text: &str) {
    println!("\n== {text}");
}

/// Prints a command, how long it took, and what it wrote.
pub(super) fn step(who: &str, command: &str, start: Instant, output: &str) {
    println!("[{:>6.2} s] {who}$ {command}", start.elapsed().as_secs_f64());
    for line in output.trim_end().lines() {
        println!("             {line}");
    }
}

/// Prints something that happened, and how long it took.
pub(super) fn happened(what: &str, start: Instant) {
    println!("[{:>6.2} s] {what}", start.elapsed().as_secs_f64());
}

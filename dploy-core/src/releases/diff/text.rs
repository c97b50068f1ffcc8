//! The text of a change, bounded.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::hidden::hide;
use crate::{json::Json, yaml::to_text};

/// The most bytes of one text.
const TEXT_MAX: usize = 64 << 10;
/// The most bytes of all texts.
const TOTAL_MAX: usize = 4 << 20;
/// The most characters of a line.
const LINE_MAX: usize = 1_000;
/// The most lines of both versions of an object that are compared: what it costs grows with their square.
const LINES_MAX: usize = 8_000;
/// The most lines compared in all.
const LINES_TOTAL: usize = 100_000;
/// Lines shown around a change.
const CONTEXT: usize = 3;

/// What may still be shown and compared.
pub(super) struct Budget {
    bytes: usize,
    lines: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: TOTAL_MAX, lines: LINES_TOTAL }
    }
}

impl Budget {
    /// The hunks between two values, of which one may be absent; what Secrets hold is hidden.
    pub(super) fn compare(&mut self, before: Option<&Value>, after: Option<&Value>) -> String {
        if self.lines == 0 || self.bytes == 0 {
            return "\\ not shown: the differences are too long\n".into();
        }
        let (old, new) = (shown(before, None), shown(after, before));
        let (count, other) = (old.lines().count(), new.lines().count());
        let lines = count + other;
        if lines > LINES_MAX.min(self.lines) {
            self.lines = self.lines.saturating_sub(LINES_MAX);
            return format!("\\ not shown: {count} lines before, {other} after\n");
        }
        self.lines -= lines;
        let text = hunks(&old, &new, TEXT_MAX.min(self.bytes));
        self.bytes = self.bytes.saturating_sub(text.len());
        text
    }
}

fn shown(value: Option<&Value>, before: Option<&Value>) -> String {
    let Some(value) = value else { return String::new() };
    let mut value = value.clone();
    hide(&mut value, before);
    to_text(&Json::from(value))
}

/// Unified hunks of at most `max` bytes, apart from the line that says what was left out.
fn hunks(old: &str, new: &str, max: usize) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut out = String::new();
    let mut left_out = 0_usize;
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let header = format!("{}\n", hunk.header());
        let lines = hunk.iter_changes().map(|change| line(change.tag(), change.value()));
        for line in std::iter::once(header).chain(lines) {
            if left_out == 0 && out.len() + line.len() <= max {
                out.push_str(&line);
            } else {
                left_out += 1;
            }
        }
    }
    if left_out > 0 {
        out.push_str(&format!("\\ not shown: {left_out} more lines\n"));
    }
    out
}

fn line(tag: ChangeTag, text: &str) -> String {
    let sign = match tag {
        ChangeTag::Equal => ' ',
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
    };
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(LINE_MAX).collect();
    let rest = if chars.next().is_some() { "…" } else { "" };
    format!("{sign}{head}{rest}\n")
}

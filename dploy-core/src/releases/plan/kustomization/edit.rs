//! The line-level edit of a list. It need not understand every spelling: what it makes is verified by its caller.

use crate::yaml::{Content, Node, Position};

/// The text with `entry` as the last of its resources; `None` where it stands in a way that is not understood.
pub(super) fn with_entry(text: &str, root: &Node, entry: &str) -> Option<String> {
    let Content::Map(entries) = &root.content else { return None };
    let Some(resources) = entries.iter().find(|entry| entry.key == "resources") else {
        return Some(appended(text, entry));
    };
    match &resources.value.content {
        Content::Null => insert_line(text, resources.key_at.line, &format!("- {entry}")),
        Content::List(items) if begins_with(text, resources.value.at, '[') => match items.last() {
            None => into_empty(text, resources.value.at, entry),
            Some(last) => after_item(text, last, entry),
        },
        Content::List(items) => {
            let last = items.last()?;
            let prefix = items.iter().rev().find_map(|item| dash(text, item.at))?;
            insert_line(text, last.at.line, &format!("{prefix}{entry}"))
        }
        _ => None,
    }
}

/// The text without the resource at that index; `None` where it stands in a way that is not understood. The last one leaves
/// an empty list, because kustomize takes a file that lists nothing for a mistake unless it says so.
pub(super) fn without_entry(text: &str, root: &Node, index: usize) -> Option<String> {
    let Content::Map(entries) = &root.content else { return None };
    let resources = entries.iter().find(|entry| entry.key == "resources")?;
    let Content::List(items) = &resources.value.content else { return None };
    let item = items.get(index)?;
    if begins_with(text, resources.value.at, '[') {
        return without_item(text, items, index);
    }
    dash(text, item.at)?;
    let rest = without_line(text, item.at.line)?;
    if items.len() > 1 {
        return Some(rest);
    }
    let key = offset(text, resources.key_at)?;
    let colon = key + text.get(key..)?.find(':')? + 1;
    let (before, behind) = rest.split_at_checked(colon)?;
    Some(format!("{before} []{behind}"))
}

/// The text without that line; where it was the last one and had no line break, without that of the line before.
fn without_line(text: &str, line: usize) -> Option<String> {
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let length = text.get(start..)?.split_inclusive('\n').next()?.len();
    let (before, behind) = (text.get(..start)?, text.get(start + length..)?);
    match text.ends_with('\n') || !behind.is_empty() {
        true => Some(format!("{before}{behind}")),
        false => Some(before.trim_end_matches(['\r', '\n']).to_owned()),
    }
}

/// `[…]` without one of its items, and without the comma that parts it from the others.
fn without_item(text: &str, items: &[Node], index: usize) -> Option<String> {
    let (start, end) = span(text, items.get(index)?)?;
    let (from, to) = match (items.get(index + 1), index.checked_sub(1).and_then(|before| items.get(before))) {
        (Some(next), _) => (start, offset(text, next.at)?),
        (None, Some(before)) => (span(text, before)?.1, end),
        (None, None) => (start, end),
    };
    let behind = text.get(to..)?;
    let behind = if items.len() == 1 { behind.strip_prefix(',').unwrap_or(behind) } else { behind };
    Some(format!("{}{behind}", text.get(..from)?))
}

/// Where an item of one word begins and ends, quotes included.
fn span(text: &str, item: &Node) -> Option<(usize, usize)> {
    let start = offset(text, item.at)?;
    let (rest, value) = (text.get(start..)?, item.as_text()?);
    let length = match rest.chars().next()? {
        quote @ ('"' | '\'') if rest.get(1..)?.strip_prefix(value)?.starts_with(quote) => value.len() + 2,
        _ if rest.starts_with(value) => value.len(),
        _ => return None,
    };
    Some((start, start + length))
}

/// The line break of a text: that of its first line.
fn line_end(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text.get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}

/// The key with its first entry, behind everything else.
fn appended(text: &str, entry: &str) -> String {
    let end = line_end(text);
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { end };
    format!("{text}{gap}resources:{end}- {entry}{end}")
}

/// What stands before an item on its line, when that is a dash and blanks.
fn dash(text: &str, at: Position) -> Option<&str> {
    let line = text.split_inclusive('\n').nth(at.line.checked_sub(1)?)?;
    let end = line.char_indices().nth(at.column.checked_sub(1)?).map(|(index, _)| index)?;
    let prefix = line.get(..end)?;
    let blank = |text: &str| text.bytes().all(|byte| byte == b' ' || byte == b'\t');
    prefix.split_once('-').filter(|(before, after)| blank(before) && blank(after) && !after.is_empty()).map(|_| prefix)
}

/// A line behind that line, with the line break that the text uses.
fn insert_line(text: &str, after: usize, line: &str) -> Option<String> {
    let head: usize = text.split_inclusive('\n').take(after).map(str::len).sum();
    let (before, behind) = text.split_at_checked(head)?;
    let end = line_end(text);
    Some(match before.ends_with('\n') {
        true => format!("{before}{line}{end}{behind}"),
        false => format!("{before}{end}{line}{behind}"),
    })
}

/// The index of a place in the text.
fn offset(text: &str, at: Position) -> Option<usize> {
    let lines: usize = text.split_inclusive('\n').take(at.line.checked_sub(1)?).map(str::len).sum();
    let line = text.get(lines..)?;
    line.char_indices().nth(at.column.checked_sub(1)?).map(|(index, _)| lines + index)
}

fn begins_with(text: &str, at: Position, first: char) -> bool {
    offset(text, at).and_then(|start| text.get(start..)).is_some_and(|rest| rest.starts_with(first))
}

/// `[]` with its first entry.
fn into_empty(text: &str, at: Position, entry: &str) -> Option<String> {
    let (before, behind) = text.split_at_checked(offset(text, at)? + 1)?;
    let rest = behind.trim_start_matches([' ', '\t']);
    rest.starts_with(']').then(|| format!("{before}{entry}{rest}"))
}

/// `[…, last]` with one entry more; on a line of its own where the last one has one.
fn after_item(text: &str, last: &Node, entry: &str) -> Option<String> {
    let (start, end) = span(text, last)?;
    let (before, item, behind) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    let indentation = before.rsplit('\n').next().unwrap_or_default();
    let gap = match indentation.bytes().all(|byte| byte == b' ' || byte == b'\t') && !indentation.is_empty() {
        true => format!("{}{indentation}", line_end(text)),
        false => " ".to_owned(),
    };
    Some(format!("{before}{item},{gap}{entry}{behind}"))
}

//! Joins the data segments of a snapshot where that takes fewer bytes.
//!
//! In: a module whose memory was saved. Out: the same memory in fewer segments. A segment's head takes
//! eight bytes, a zero one: the snapshot ends a segment at five zeros, and joins what are too many.

use thiserror::Error;
use wasm_encoder::{ConstExpr, DataCountSection, DataSection, Module, RawSection, SectionId};
use wasmparser::{BinaryReaderError, Data, DataKind, Operator, Parser, Payload};

/// Most zero bytes between two segments that are stored with them. Reason: a head's bytes are its kind,
/// an address (`i32.const`, four bytes above 1 MiB, `end`), and the length.
const GAP_BYTES_MAX: usize = 7;

/// Why segments can't be joined.
#[derive(Debug, Error)]
pub(crate) enum SegmentsError {
    /// It is no module.
    #[error("the module can't be read: {0}")]
    Invalid(#[from] BinaryReaderError),
    /// The memory's segments come last, and are written where they lie.
    #[error("a segment has no constant address")]
    Unplaced,
    /// Each byte of a snapshot is in one segment.
    #[error("two segments overlap")]
    Overlap,
    /// The binary format can't count them.
    #[error("there are {0} segments")]
    TooMany(usize),
}

/// One segment: where it begins, and its bytes.
type Segment = (usize, Vec<u8>);

/// A snapshot's segments.
#[derive(Debug, Default)]
struct Segments {
    /// How many empty ones stand before the memory's: what the module had before its snapshot.
    emptied: usize,
    /// The memory.
    joined: Vec<Segment>,
}

/// The module with its segments joined.
pub(crate) fn joined(module: &[u8]) -> Result<Vec<u8>, SegmentsError> {
    let segments = segments(module)?;
    let mut out = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let Some((id, range)) = payload?.as_section() else {
            continue;
        };
        if id == SectionId::Data as u8 {
            out.section(&section(&segments));
        } else if id == SectionId::DataCount as u8 {
            let count = segments.emptied + segments.joined.len();
            let count = u32::try_from(count).map_err(|_| SegmentsError::TooMany(count))?;
            out.section(&DataCountSection { count });
        } else {
            let data = &module[range];
            out.section(&RawSection { id, data });
        }
    }
    Ok(out.finish())
}

fn section(segments: &Segments) -> DataSection {
    let mut section = DataSection::new();
    for _ in 0..segments.emptied {
        section.passive([]);
    }
    for (start, bytes) in &segments.joined {
        // An address above 2^31 is negative there.
        let address = ConstExpr::i32_const(*start as u32 as i32);
        section.active(0, &address, bytes.iter().copied());
    }
    section
}

fn segments(module: &[u8]) -> Result<Segments, SegmentsError> {
    let (mut emptied, mut memory) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        let Payload::DataSection(segments) = payload? else {
            continue;
        };
        for segment in segments {
            let segment = segment?;
            if matches!(segment.kind, DataKind::Passive)
                && segment.data.is_empty()
                && memory.is_empty()
            {
                emptied += 1;
            } else {
                memory.push((address(&segment)?, segment.data));
            }
        }
    }
    memory.sort_unstable();
    let joined = join(memory)?;
    Ok(Segments { emptied, joined })
}

/// Joins neighbours; the segments are in order.
fn join(memory: Vec<(usize, &[u8])>) -> Result<Vec<Segment>, SegmentsError> {
    let mut joined: Vec<Segment> = Vec::new();
    for (start, data) in memory {
        let last = joined.last_mut();
        let gap = last.map(|(first, bytes)| (start.checked_sub(*first + bytes.len()), bytes));
        match gap {
            Some((None, _)) => return Err(SegmentsError::Overlap),
            Some((Some(gap), bytes)) if gap <= GAP_BYTES_MAX => {
                bytes.resize(bytes.len() + gap, 0);
                bytes.extend_from_slice(data);
            }
            _ => joined.push((start, data.to_vec())),
        }
    }
    Ok(joined)
}

/// Where a segment begins.
fn address(segment: &Data<'_>) -> Result<usize, SegmentsError> {
    let DataKind::Active {
        memory_index: 0,
        offset_expr,
    } = &segment.kind
    else {
        return Err(SegmentsError::Unplaced);
    };
    match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value as u32 as usize),
        _ => Err(SegmentsError::Unplaced),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(usize, &[u8])]) {
        let module = wat::parse_str(format!("(module (memory 1) {text})")).unwrap();
        let found = segments(&joined(&module).unwrap()).unwrap();
        let found: Vec<_> = found
            .joined
            .iter()
            .map(|(at, bytes)| (*at, &bytes[..]))
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn a_gap_that_takes_less_than_a_head_is_stored() {
        check(
            r#"(data (i32.const 8) "a") (data (i32.const 16) "b") (data (i32.const 25) "c")"#,
            &[(8, b"a\0\0\0\0\0\0\0b"), (25, b"c")],
        );
    }

    #[test]
    fn segments_are_put_in_order() {
        check(
            r#"(data (i32.const 25) "c") (data (i32.const 8) "a") (data (i32.const 9) "b")"#,
            &[(8, b"ab"), (25, b"c")],
        );
    }

    #[test]
    fn segments_that_no_snapshot_has_are_refused() {
        let error = |data: &str| {
            let module = wat::parse_str(format!("(module (memory 1) {data})")).unwrap();
            joined(&module).unwrap_err().to_string()
        };
        let overlap = error(r#"(data (i32.const 8) "ab") (data (i32.const 9) "b")"#);
        assert_eq!(overlap, "two segments overlap");
        for data in [r#"(data "a")"#, r#"(data (i32.const 8) "a") (data "")"#] {
            assert_eq!(error(data), "a segment has no constant address");
        }
    }
}

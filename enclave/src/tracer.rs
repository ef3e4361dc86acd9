//! The tree of frames with their gas, for calls that ask for it.

use conclave_abi::request::TraceFrame;

/// Longest trace that is logged whole, in bytes. Reason: with the other lines it must fit NEAR's
/// 16,384 bytes.
const TRACE_BYTES_MAX: usize = 4_000;

/// Frames that are open, outermost first, and the finished outermost one.
#[derive(Debug, Default)]
pub(crate) struct Tracer {
    open: Vec<TraceFrame>,
    root: Option<TraceFrame>,
}

impl Tracer {
    /// A frame begins; `gas` is what was used until now.
    pub(crate) fn begin(&mut self, id: &str, method: &str, gas: u64) {
        self.open.push(TraceFrame {
            id: id.to_owned(),
            method: method.to_owned(),
            gas,
            outcome: String::new(),
            children: Vec::new(),
        });
    }

    /// The innermost frame ends.
    pub(crate) fn end(&mut self, outcome: &str, gas: u64) {
        let Some(mut frame) = self.open.pop() else {
            return;
        };
        frame.gas = gas - frame.gas;
        outcome.clone_into(&mut frame.outcome);
        match self.open.last_mut() {
            Some(parent) => parent.children.push(frame),
            None => self.root = Some(frame),
        }
    }

    /// The NEP-297 event: the whole tree, or its root alone when that is too long.
    pub(crate) fn event(self) -> Option<String> {
        let mut root = self.root?;
        let mut event = event(&root);
        if event.len() > TRACE_BYTES_MAX {
            root.children.clear();
            event = self::event(&root);
        }
        Some(event)
    }
}

fn event(root: &TraceFrame) -> String {
    let root = serde_json::to_string(root).expect("invariant: a trace is plain data");
    format!(
        r#"EVENT_JSON:{{"standard":"conclave","version":"1.0.0","event":"trace","data":[{root}]}}"#
    )
}

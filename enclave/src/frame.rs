//! Frames: who runs now, called by whom. A frame is also the unit of rollback.
//!
//! Guards invariants 4 and 5 and the identity rules: the immediate caller is always the frame
//! below, and whatever happens a frame leaves the stack when it ends.

use crate::journal::{Checkpoint, Used};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::id::SubcontractId;
use conclave_abi::value::Value;
use conclave_engine::port::{CallWay, Gas};

/// Deepest nesting of frames. Reason: each frame recurses on the VM's stack of 262,144 bytes;
/// measured in the NEAR VM (docs/adr/0004).
pub(crate) const DEPTH_MAX: usize = 32;
/// Longest name of a method, in bytes.
const METHOD_BYTES_MAX: usize = 128;

/// One call of one method.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The subcontract that runs.
    pub(crate) id: String,
    /// Who made the call; nobody in a view from outside.
    pub(crate) caller: Option<String>,
    /// NEAR that came with it, in yoctoNEAR.
    pub(crate) deposit_yocto: u128,
    /// What the frame may do.
    pub(crate) way: CallWay,
    /// What the caller lets it burn.
    pub(crate) cap: Option<Gas>,
    /// The clock's reading at which the frame is over.
    pub(crate) deadline: u64,
    /// Why every further host function fails, once the gas was used up.
    pub(crate) dead: Option<Failure>,
    /// Whether the method runs; not any more while the calls run that it planned.
    pub(crate) is_running: bool,
    /// Whether the subcontract pays for what the method stores.
    pub(crate) is_sponsored: bool,
    /// Savepoints that are open, outermost first.
    pub(crate) savepoints: Vec<Checkpoint>,
    /// How much of what all frames share may be used when this one ends.
    pub(crate) bounds: Used,
}

/// A frame that is to be run.
#[derive(Debug)]
pub(crate) struct FrameRequest {
    /// The subcontract that is to run.
    pub(crate) id: String,
    /// Who makes the call; nobody in a view from outside.
    pub(crate) caller: Option<String>,
    /// NEAR that comes with it, in yoctoNEAR.
    pub(crate) deposit_yocto: u128,
    pub(crate) method: String,
    pub(crate) args: Value,
    /// How the method is reached.
    pub(crate) way: Way,
    /// What the frame may do.
    pub(crate) call_way: CallWay,
    /// What it may burn at most.
    pub(crate) gas: Option<Gas>,
}

/// How a method is reached; some methods only one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By an upload, as its `init`.
    Upload,
    /// By a call from outside or from another frame.
    Call,
}

/// Frames that run, outermost first.
#[derive(Debug, Default)]
pub(crate) struct Frames(Vec<Frame>);

impl Frames {
    /// The frame that runs now.
    pub(crate) fn current(&self) -> &Frame {
        self.0.last().expect("invariant: code runs only in a frame")
    }

    /// Ids from the outermost frame to this one.
    pub(crate) fn path(&self) -> Vec<String> {
        self.0.iter().map(|frame| frame.id.clone()).collect()
    }

    /// The frame that was called from outside.
    pub(crate) fn outermost(&self) -> &Frame {
        self.0
            .first()
            .expect("invariant: code runs only in a frame")
    }

    /// The place of the outermost frame of a subcontract that is in the path.
    pub(crate) fn outermost_of(&self, id: &str) -> usize {
        let place = self.0.iter().position(|frame| frame.id == id);
        place.expect("invariant: code runs only in a frame")
    }

    /// How many frames are open.
    pub(crate) fn depth(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn push(&mut self, frame: Frame) {
        self.0.push(frame);
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    /// The frame that runs now, if code runs at all.
    pub(crate) fn innermost(&self) -> Option<&Frame> {
        self.0.last()
    }

    /// The frame that runs now, to be changed.
    pub(crate) fn current_mut(&mut self) -> &mut Frame {
        self.0
            .last_mut()
            .expect("invariant: code runs only in a frame")
    }

    /// The innermost frame that has a cap, and the cap.
    pub(crate) fn innermost_cap(&self) -> Option<(&str, Gas)> {
        let mut frames = self.0.iter().rev();
        frames.find_map(|frame| Some((frame.id.as_str(), frame.cap?)))
    }

    /// Whether the subcontract's code runs already further out.
    pub(crate) fn is_running(&self, id: &str) -> bool {
        self.0
            .iter()
            .any(|frame| frame.id == id && frame.is_running)
    }

    /// Checks what can be said of a request without its program.
    ///
    /// # Errors
    /// `E_BAD_ID`, `E_PRIVATE_METHOD`, `E_UNKNOWN_METHOD`, `E_DEPTH`.
    pub(crate) fn admit(&self, request: &FrameRequest) -> Result<(), Failure> {
        check_name(&request.id, &request.method, request.way)?;
        if self.depth() == DEPTH_MAX {
            return Err(Failure::new(
                ErrorCode::Depth,
                format!("calls nest deeper than {DEPTH_MAX}"),
            ));
        }
        Ok(())
    }
}

/// Whether who called is a subcontract, and no account.
pub(crate) fn is_subcontract(caller: &str) -> bool {
    caller.contains('@')
}

/// Checks the names of a call.
///
/// # Errors
/// `E_BAD_ID`, `E_PRIVATE_METHOD`, `E_UNKNOWN_METHOD`.
pub(crate) fn check_name(id: &str, method: &str, way: Way) -> Result<(), Failure> {
    SubcontractId::parse(id).map_err(|error| Failure::new(ErrorCode::BadId, error.to_string()))?;
    check_method(method, way)
}

/// Which methods can be reached which way.
fn check_method(method: &str, way: Way) -> Result<(), Failure> {
    if method.is_empty() || method.len() > METHOD_BYTES_MAX {
        let message = format!("a method's name has 1 to {METHOD_BYTES_MAX} bytes");
        return Err(Failure::new(ErrorCode::UnknownMethod, message));
    }
    let reason = match (method, way) {
        (name, _) if name.starts_with('_') => "names that begin with _ are private",
        ("init", Way::Call) => "init runs once, by the upload",
        ("migrate", _) => "migrate runs only by an upgrade",
        _ => return Ok(()),
    };
    Err(Failure::new(
        ErrorCode::PrivateMethod,
        format!("`{method}` can't be called: {reason}"),
    ))
}

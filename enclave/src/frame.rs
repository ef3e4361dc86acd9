//! Frames: who runs now, called by whom. A frame is also the unit of rollback.
//!
//! Guards invariants 4 and 5 and the identity rules: the immediate caller is always the frame
//! below, and whatever happens a frame leaves the stack when it ends.

use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::id::SubcontractId;
use conclave_abi::value::Value;

/// Deepest nesting of frames. Reason: each frame recurses on the VM's stack of 262,144 bytes;
/// measured in the NEAR VM (docs/adr/0004).
pub(crate) const DEPTH_MAX: usize = 24;
/// Longest name of a method, in bytes.
const METHOD_BYTES_MAX: usize = 128;

/// One call of one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The subcontract that runs.
    pub(crate) id: String,
    /// Who made the call; nobody in a view from outside.
    pub(crate) caller: Option<String>,
    /// NEAR that came with it, in yoctoNEAR.
    pub(crate) deposit_yocto: u128,
}

/// A frame that is to be run.
#[derive(Debug)]
pub(crate) struct FrameRequest {
    pub(crate) frame: Frame,
    pub(crate) method: String,
    pub(crate) args: Value,
    pub(crate) way: Way,
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

    pub(crate) fn push(&mut self, frame: Frame) {
        self.0.push(frame);
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    /// Checks whether a frame may begin now.
    ///
    /// # Errors
    /// `E_BAD_ID`, `E_PRIVATE_METHOD`, `E_UNKNOWN_METHOD`, `E_DEPTH`, `E_REENTRY`.
    pub(crate) fn admit(&self, request: &FrameRequest) -> Result<(), Failure> {
        let id = &request.frame.id;
        SubcontractId::parse(id)
            .map_err(|error| Failure::new(ErrorCode::BadId, error.to_string()))?;
        check_method(&request.method, request.way)?;
        if self.0.len() == DEPTH_MAX {
            return Err(Failure::new(
                ErrorCode::Depth,
                format!("calls nest deeper than {DEPTH_MAX}"),
            ));
        }
        if self.0.iter().any(|frame| frame.id == *id) {
            let message =
                format!("{id} is running already further out; calling it again is denied");
            return Err(Failure::new(ErrorCode::Reentry, message));
        }
        Ok(())
    }
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

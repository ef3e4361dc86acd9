//! Programs of subcontracts: read from the state once per execution.

use crate::execution::Execution;
use crate::platform::Platform;
use crate::record::corrupt;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key;
use conclave_engine::Program;
use conclave_engine::port::{Gas, Guest};
use std::rc::Rc;

impl<P: Platform> Execution<P> {
    /// Checks a source, makes its program, and finds out what each call will pay to parse it.
    ///
    /// # Errors
    /// `E_SYNTAX`, `E_SOURCE`, `E_TOO_DEEP`, `E_TOO_LARGE`.
    pub(crate) fn compile(
        &self,
        guest: &mut dyn Guest,
        id: &str,
        source: &str,
    ) -> Result<Program, Failure> {
        let mut program = guest.compile(source)?;
        let before = self.clock();
        guest.prepare(id, &program)?;
        program.weigh(Gas(self.clock() - before));
        Ok(program)
    }

    /// The program of a subcontract.
    ///
    /// # Errors
    /// `E_UNKNOWN_SUBCONTRACT`, `E_CORRUPT`.
    ///
    /// # Cost
    /// One storage read the first time, none after.
    pub(crate) fn program(&self, id: &str) -> Result<Rc<Program>, Failure> {
        if let Some(known) = self.programs.borrow().get(id) {
            return Ok(Rc::clone(known));
        }
        let stored = self
            .state
            .value(&self.journal.borrow(), id, &key::program())?;
        let stored = stored.ok_or_else(|| unknown(id))?;
        let program =
            Program::from_bytes(&stored).ok_or_else(|| corrupt(&format!("the program of {id}")))?;
        let program = Rc::new(program);
        self.programs
            .borrow_mut()
            .insert(id.to_owned(), Rc::clone(&program));
        Ok(program)
    }
}

/// A failure for an id that no subcontract has.
pub(crate) fn unknown(id: &str) -> Failure {
    let message = format!("there is no subcontract {id}");
    Failure::new(ErrorCode::UnknownSubcontract, message)
}

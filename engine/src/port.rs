//! The two ports that cut the circle between running code and what it may ask for.
//!
//! [`Guest`] runs a method of a subcontract's code; the engine implements it. [`Host`] is what
//! running code may ask for; the enclave implements it. A nested call goes host → guest again,
//! and hands the guest along, so neither side keeps a reference to the other.

use crate::compiled::Compiled;
use crate::program::Program;
use conclave_abi::error::Failure;
use conclave_abi::value::Value;

/// Runs subcontracts' code.
pub trait Guest {
    /// Runs one method in a fresh instance of the code.
    ///
    /// # Errors
    /// A [`Failure`] with `code`, `name`, `message` and `stack`; its `path` belongs to the host.
    ///
    /// # Atomicity
    /// The guest keeps nothing of the instance; effects are the host's to undo.
    fn run(&mut self, run: Run<'_>) -> Result<Value, Failure>;

    /// Checks a source of this sha256 and compiles it, so that its calls need not parse it. The same
    /// source gives the same bytes. Nothing of the code runs.
    ///
    /// # Errors
    /// As [`Program::new`]; `E_SOURCE` for what a module may have and a function may not, `E_TOO_LARGE`
    /// for code that has no compiled form.
    fn compile(
        &mut self,
        id: &str,
        source: &str,
        hash: [u8; 32],
    ) -> Result<(Program, Compiled), Failure>;

    /// Makes a program ready in this execution from its source, so that [`Guest::run`] does not read
    /// its compiled form: what that is compared with in tests.
    ///
    /// # Errors
    /// `E_SOURCE` as [`Guest::compile`].
    #[cfg(not(target_arch = "wasm32"))]
    fn parse(&mut self, id: &str, program: &Program) -> Result<(), Failure>;
}

/// What [`Guest::run`] is to run.
#[derive(Debug)]
pub struct Run<'a> {
    /// The code.
    pub program: &'a Compiled,
    /// The subcontract's id, as it stands in stack traces.
    pub id: &'a str,
    /// The export to call.
    pub method: &'a str,
    /// Its single parameter.
    pub args: Value,
}

/// Which keys of a storage are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRange {
    /// Keys that begin with this.
    pub prefix: String,
    /// The least key, or the place where it would be.
    pub from: String,
    /// The first key above the range, or the place where it would be.
    pub to: Option<String>,
    /// How many at most.
    pub limit: u32,
    /// Which of them come first.
    pub order: Order,
}

/// An order of keys by their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

/// Whose storage is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// That of the subcontract that runs.
    Own,
    /// That of this subcontract, as far as it lets the one that runs read it.
    Of(&'a str),
}

/// A part of an ordered list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What it holds, in order.
    pub items: Vec<T>,
    /// Where the list goes on, if it does: what to ask for as `from` where the order ascends, as
    /// `to` where it descends.
    pub next: Option<String>,
}

/// What a call asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRequest {
    /// The subcontract to call.
    pub id: String,
    /// The method to call.
    pub method: String,
    /// Its single parameter.
    pub args: Value,
    /// What the callee may burn at most; without it, what its caller may.
    pub gas: Option<Gas>,
    /// What moves from the caller's money to the callee's, in yoctoNEAR.
    pub deposit_yocto: u128,
    /// What the callee may do.
    pub way: CallWay,
}

/// NEAR's gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Gas(pub u64);

/// What a callee may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallWay {
    /// Anything.
    Call,
    /// Only read, and everything it calls too.
    View,
}

/// A call that is to run when the frame that asks for it has returned.
#[derive(Debug, Clone, PartialEq)]
pub struct AfterRequest {
    /// The call.
    pub call: CallRequest,
    /// Which outcomes of the call are taken by who asked for it.
    pub on: On,
    /// The method of the asking subcontract that is told the outcome, where `on` takes it.
    pub reply: Option<String>,
}

/// Which outcomes of a later call are taken. A failure that is not taken fails the frame that
/// asked for the call; one that is taken undoes the call alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Success alone.
    Success,
    /// Failure alone.
    Error,
    /// Both.
    Always,
}

/// What is to leave the enclave: actions on one account, all or none of them.
#[derive(Debug, Clone, PartialEq)]
pub struct OutsideRequest {
    /// The account.
    pub account: String,
    /// What is to be done there, in order.
    pub actions: Vec<OutsideAction>,
    /// What the asking method gets of it.
    pub answer: Answers,
}

/// One action on an account outside.
#[derive(Debug, Clone, PartialEq)]
pub enum OutsideAction {
    /// Calls a method.
    Call {
        /// The method's name.
        method: String,
        /// Its input: bytes as they are, anything else as JSON, `undefined` as `{}`.
        args: Value,
        /// What goes with it, in yoctoNEAR.
        deposit_yocto: u128,
        /// What it may burn; a share of what is left unless told.
        gas: Option<Gas>,
    },
    /// Sends NEAR.
    Transfer {
        /// In yoctoNEAR.
        amount_yocto: u128,
    },
}

/// What a method gets of what it sent outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// Nothing.
    None,
    /// A promise of the result, read as JSON.
    Json,
    /// A promise of the result's bytes.
    Bytes,
}

/// What a promise is that another execution settles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct YieldRequest {
    /// In how many blocks somebody has to settle it.
    pub timeout_blocks: Option<u64>,
    /// Subcontracts that may settle it, beside the one that makes it.
    pub resumers: Vec<String>,
}

/// What a section is that stays or goes as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SectionRequest {
    /// Keys of the subcontract's own storage that nobody else may write while it is open, and in
    /// which way each is used.
    pub locks: Vec<(LockMode, String)>,
    /// After how many blocks anybody may abort the method that holds them.
    pub timeout_blocks: Option<u64>,
}

/// In which way a key is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    /// It is read: others may read it too.
    Read,
    /// It is written: nobody else may use it in a section.
    Write,
}

/// How a method begins anew.
#[derive(Debug, Clone, PartialEq)]
pub enum Anew {
    /// With the same arguments, and this to be told.
    From(Value),
    /// With other arguments.
    With(Value),
}

/// What has come for a promise of the method that runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The promise's number.
    pub promise: u32,
    /// What it is settled with.
    pub outcome: Result<Value, Failure>,
}

/// What a method gets that can't go on by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// This; then it may go on.
    Answer(Answer),
    /// Nothing in this execution: it has been put aside and goes on in another one.
    Later,
}

/// What becomes of the effects since a savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// They stay.
    Keep,
    /// They are undone.
    Undo,
}

/// What running code may ask for. Every answer is about the frame that runs now.
pub trait Host {
    /// Says that the guest did so much work, in fuel: about one step of the engine each.
    ///
    /// # Errors
    /// `E_GAS` when the frame's gas is used up. The guest has to end the frame then, and its code
    /// must not be able to catch it: every later `spend` of the frame fails too.
    fn spend(&self, fuel: u64) -> Result<(), Failure>;
    /// Checks that the frame has so much gas left. The guest asks before work that it can't
    /// interrupt.
    ///
    /// # Errors
    /// `E_GAS` as [`Host::spend`].
    fn afford(&self, gas: Gas) -> Result<(), Failure>;
    /// Ids of the frames from the outermost to this one.
    fn path(&self) -> Vec<String>;
    /// The money that the frame may spend: its subcontract's balance, and what is left of the
    /// deposit of this call; in yoctoNEAR.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    fn balance(&self) -> Result<u128, Failure>;
    /// What the frame's subcontract holds of a NEP-141 token outside, in the token's smallest unit.
    ///
    /// # Errors
    /// `E_CORRUPT`, `E_TOO_LARGE` for what is no account.
    fn tokens(&self, token: &str) -> Result<u128, Failure>;
    /// Keeps so much of this call's deposit, or all that is left of it; gives how much that was.
    /// What a frame called from outside does not keep goes back to who sent it.
    ///
    /// # Errors
    /// `E_FUNDS` when less is left, `E_VIEW`.
    fn keep(&self, amount_yocto: Option<u128>) -> Result<u128, Failure>;
    /// Plans a transfer to an account outside.
    ///
    /// # Errors
    /// `E_FUNDS`, `E_BAD_ID` for what is not an account, `E_TOO_LARGE` when the frame's share of
    /// transfers is used up, `E_VIEW`.
    fn transfer(&self, to: &str, amount_yocto: u128) -> Result<(), Failure>;
    /// Plans a call for when this frame has returned: in the same receipt, depth first, in order.
    ///
    /// # Errors
    /// `E_BAD_ID`, `E_PRIVATE_METHOD`, `E_UNKNOWN_METHOD` for a name that none can have,
    /// `E_TOO_LARGE` when the frame's share of planned calls is used up, `E_VIEW`.
    fn after(&self, request: AfterRequest) -> Result<(), Failure>;
    /// Plans what is to leave the enclave when the execution commits. Gives the number of the
    /// promise that stands for its result, where one was asked for.
    ///
    /// # Errors
    /// `E_BAD_ID` for what is no account outside, `E_BAD_VALUE`, `E_FUNDS`, `E_GAS` when what is left
    /// does not do for it, `E_PENDING` where the frame can't wait for an answer, `E_TOO_LARGE`,
    /// `E_VIEW`.
    fn outside(&self, request: OutsideRequest) -> Result<u32, Failure>;
    /// Makes a promise that another execution settles: gives its number, and the token with which
    /// that is done.
    ///
    /// # Errors
    /// `E_BAD_VALUE`, `E_BAD_ID`, `E_GAS`, `E_PENDING` where the frame can't wait, `E_TOO_LARGE`,
    /// `E_VIEW`.
    fn yield_now(&self, request: YieldRequest) -> Result<(u32, String), Failure>;
    /// Settles the promise of a token with a value, once this execution commits; says whether it was
    /// still open.
    ///
    /// # Errors
    /// `E_NOT_ALLOWED` for whom its maker does not let, `E_BAD_VALUE` for what is no token,
    /// `E_TOO_LARGE`, `E_VIEW`, `E_CORRUPT`.
    fn resume(&self, token: &str, value: &Value) -> Result<bool, Failure>;
    /// Begins a section: what the frame and what it calls do from now on stays, once the section
    /// ends, or goes, whatever is waited for meanwhile.
    ///
    /// # Errors
    /// `E_LOCKED`, `E_BAD_VALUE` where one is open already, `E_PENDING` where the frame can't wait,
    /// `E_TOO_LARGE`, `E_VIEW`.
    fn begin_section(&self, request: SectionRequest) -> Result<(), Failure>;
    /// Ends it.
    ///
    /// # Errors
    /// `E_CONFLICT` when what was read in it has changed: then what was done in it is undone.
    fn end_section(&self, settlement: Settlement) -> Result<(), Failure>;
    /// Plans a call of a subcontract that runs in a receipt of its own, and may wait there. Gives the
    /// number of the promise that stands for its result.
    ///
    /// # Errors
    /// As [`Host::outside`]; `E_PRIVATE_METHOD`, `E_UNKNOWN_METHOD` for a name that none can have.
    fn spawn(&self, request: CallRequest) -> Result<u32, Failure>;
    /// Cancels what stands behind a promise of the method's own, when the method waits next: a call that
    /// has not left is not sent, one that waits is told so where it waits. What can't be cancelled goes
    /// on. The promise is settled in any case.
    ///
    /// # Errors
    /// `E_PENDING` where the frame can't wait.
    fn cancel(&self, promise: u32) -> Result<(), Failure>;
    /// Whether the method has been told that it is cancelled.
    fn is_cancelled(&self) -> bool;
    /// What the method said of itself when it began anew: none where it has not.
    ///
    /// # Errors
    /// `E_PENDING` where the frame can't wait.
    fn checkpoint(&self) -> Result<Option<Value>, Failure>;
    /// The method is to begin anew, in this execution: what it did stays, what it asked is forgotten.
    /// The guest has to end the frame then.
    ///
    /// # Errors
    /// `E_PENDING` where the frame can't wait, or while answers are still to come.
    fn begin_anew(&self, anew: Anew) -> Result<(), Failure>;
    /// What comes next for a method that waits for promises of its own.
    ///
    /// # Errors
    /// `E_PENDING` when nothing will ever come, `E_DIVERGED`.
    fn next(&self) -> Result<Next, Failure>;
    /// Opens a savepoint inside the frame; savepoints nest, and end with their frame.
    fn savepoint(&self);
    /// Ends the innermost open savepoint of the frame.
    fn settle(&self, settlement: Settlement);
    /// Who made this call: an account or a subcontract id; nobody in a view from outside.
    fn caller(&self) -> Option<String>;
    /// Who signed the transaction.
    ///
    /// # Errors
    /// `E_VIEW` in a view, which nobody signs.
    fn signer(&self) -> Result<String, Failure>;
    /// The frame's own subcontract id.
    fn own_id(&self) -> String;
    /// The deposit of this call, in yoctoNEAR.
    fn deposit(&self) -> u128;
    /// Height of the block.
    fn block_height(&self) -> u64;
    /// Time of the block, in nanoseconds since 1970.
    fn block_timestamp_ns(&self) -> u64;
    /// The block's random seed.
    ///
    /// # Errors
    /// `E_VIEW` in a view, which has none.
    fn random_seed(&self) -> Result<Vec<u8>, Failure>;
    /// Writes a line to the journal's logs.
    ///
    /// # Errors
    /// `E_TOO_LARGE` when the frame's share of lines or bytes is used up.
    fn log(&self, text: &str) -> Result<(), Failure>;
    /// The sha256 of bytes.
    ///
    /// # Errors
    /// `E_GAS` when the frame can't pay for it.
    fn sha256(&self, bytes: &[u8]) -> Result<[u8; 32], Failure>;
    /// Lets another subcontract read keys of the frame's own storage: `{ read: [prefix], until? }`.
    /// What it was allowed before is replaced.
    ///
    /// # Errors
    /// `E_BAD_ID`, `E_BAD_VALUE` for what is no such object, `E_TOO_LARGE` for too many prefixes or
    /// too long ones, `E_VIEW`, `E_CORRUPT`.
    fn grant(&self, peer: &str, grant: Value) -> Result<(), Failure>;
    /// Ends what a grant allowed; says whether there was one.
    ///
    /// # Errors
    /// `E_BAD_ID`, `E_VIEW`, `E_CORRUPT`.
    fn revoke(&self, peer: &str) -> Result<bool, Failure>;
    /// The frame's own grants with their peers, in the order of the peers' ids, from an id or the
    /// place where it would be; those too that are over. There may be fewer than asked for, and yet
    /// more to come.
    ///
    /// # Errors
    /// `E_TOO_LARGE` for a place that can't be an id, `E_CORRUPT`, `E_GAS`.
    fn grants(&self, from: &str, limit: u32) -> Result<Page<(String, Value)>, Failure>;
    /// Reads a key of a storage.
    ///
    /// # Errors
    /// `E_TOO_LARGE` for a key over the bound, `E_CORRUPT`. Of another subcontract also
    /// `E_BAD_ID`, `E_UNKNOWN_SUBCONTRACT`, and `E_NOT_GRANTED` where it does not let the frame
    /// read all that is asked for.
    fn storage_get(&self, subject: Subject<'_>, key: &str) -> Result<Option<Value>, Failure>;
    /// Writes a key of the frame's own storage.
    ///
    /// # Errors
    /// `E_TOO_LARGE`, `E_VIEW`, `E_CORRUPT`.
    fn storage_set(&self, key: &str, value: &Value) -> Result<(), Failure>;
    /// Removes a key; says whether it was there.
    ///
    /// # Errors
    /// As [`Host::storage_set`].
    fn storage_remove(&self, key: &str) -> Result<bool, Failure>;
    /// Whether a key is there.
    ///
    /// # Errors
    /// As [`Host::storage_get`].
    fn storage_has(&self, subject: Subject<'_>, key: &str) -> Result<bool, Failure>;
    /// Keys in the order of their bytes. There may be fewer than asked for, and yet more to come.
    ///
    /// # Errors
    /// As [`Host::storage_get`], and `E_GAS`.
    fn storage_keys(&self, subject: Subject<'_>, range: &KeyRange)
    -> Result<Page<String>, Failure>;
    /// The same with their values.
    ///
    /// # Errors
    /// As [`Host::storage_keys`].
    fn storage_entries(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<(String, Value)>, Failure>;
    /// How many keys begin with a prefix.
    ///
    /// # Errors
    /// As [`Host::storage_keys`].
    fn storage_count(&self, subject: Subject<'_>, prefix: &str) -> Result<u64, Failure>;
    /// The program of this hash with its source, for `Function.prototype.toString` alone.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    fn source(&self, hash: &[u8; 32]) -> Result<Program, Failure>;
    /// A record of Unicode's tables, checked, for the rest of the execution.
    ///
    /// # Errors
    /// `E_TABLES` where it is not stored, `E_CORRUPT`: then the whole execution has to end, and code
    /// can't catch it. `E_GAS` as [`Host::spend`].
    fn table(&self, record: usize) -> Result<&'static [u8], Failure>;
    /// Calls another subcontract, synchronously.
    ///
    /// # Errors
    /// Why the callee's frame failed; its effects are undone, its deposit is back.
    fn call(&self, guest: &mut dyn Guest, request: CallRequest) -> Result<Value, Failure>;
}

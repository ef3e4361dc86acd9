//! Everything that is compiled goes through an image before it runs.
//!
//! In: a code block as the compiler made it. Out: what was read from its image, when
//! `BOA_TESTS_THROUGH_IMAGES` is set; else the block itself. Code that depends on its realm has no
//! image: what makes it so is put aside, and put back behind the reading.

use super::{
    Part, WriteError,
    reader::{Image, decoded},
    write,
};
use crate::{
    Context, JsString, Source,
    builtins::function::OrdinaryFunction,
    vm::{CodeBlock, code_block::Constant},
};
use boa_ast::scope::{BindingLocator, BindingLocatorScope};
use boa_gc::Gc;
use std::{cell::Cell, sync::LazyLock};

/// The variable that turns it on.
const SWITCH: &str = "BOA_TESTS_THROUGH_IMAGES";

static IS_ON: LazyLock<bool> = LazyLock::new(|| std::env::var_os(SWITCH).is_some());

thread_local! {
    /// Tells templates of images apart; a parser's numbers begin at the other end.
    static NUMBER: Cell<u32> = const { Cell::new(u32::MAX) };
    /// How many blocks went through an image as they are, and without what depends on their realm.
    static COUNTS: Cell<[usize; 2]> = const { Cell::new([0; 2]) };
}

/// Who takes a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taker {
    /// Who runs it at once.
    Runner,
    /// Who makes functions of it, whose bodies are decoded when they are entered.
    Functions,
}

/// The block as it is read from its image.
pub(crate) fn through_image(code: CodeBlock, taker: Taker) -> CodeBlock {
    if !*IS_ON {
        return code;
    }
    match write(&Gc::new(code.clone())) {
        Ok(bytes) => {
            count(0);
            read_again(bytes, &code, taker)
        }
        Err(WriteError::GlobalDeclaration | WriteError::GlobalBinding) => {
            count(1);
            without_realm(&code)
        }
        Err(error) => panic!("{error}: {code:?}"),
    }
}

fn count(place: usize) {
    let mut counts = COUNTS.get();
    counts[place] += 1;
    COUNTS.set(counts);
}

/// Reads what was written, and holds that it is written again as it was.
fn read_again(bytes: Vec<u8>, code: &CodeBlock, taker: Taker) -> CodeBlock {
    let number = NUMBER.get();
    NUMBER.set(number - 1);
    let path = code.source_info.map().path().clone();
    let source = code.source_info.text_spanned().source_text();
    let image = Image::open(Part::from(bytes.clone()), path, source, number).expect("an image");
    let head = image.outermost_head().expect("a function");
    let body = decoded(&head).expect("a body");
    assert!(write(&head).expect("an image") == bytes, "{code:?}");
    match taker {
        Taker::Functions => CodeBlock::clone(&head),
        Taker::Runner => CodeBlock::clone(&body),
    }
}

/// The same for a block that has no image: variables of the realm and functions, each of which went
/// through an image of its own, are put aside.
fn without_realm(code: &CodeBlock) -> CodeBlock {
    let mut rest = code.clone();
    rest.global_lexs = Box::default();
    rest.global_fns = Box::default();
    rest.global_vars = Box::default();
    for binding in &mut rest.bindings {
        if binding.scope() == BindingLocatorScope::GlobalDeclarative {
            *binding = BindingLocator::global(code.name_of(binding));
        }
    }
    for constant in &mut rest.constants {
        if matches!(constant, Constant::Function(_)) {
            *constant = Constant::String(JsString::default());
        }
    }
    let bytes = write(&Gc::new(rest)).expect("nothing depends on the realm");
    let mut read = read_again(bytes, code, Taker::Runner);
    read.global_lexs = code.global_lexs.clone();
    read.global_fns = code.global_fns.clone();
    read.global_vars = code.global_vars.clone();
    for (binding, before) in read.bindings.iter_mut().zip(&code.bindings) {
        if before.scope() == BindingLocatorScope::GlobalDeclarative {
            *binding = before.clone();
        }
    }
    for (constant, before) in read.constants.iter_mut().zip(&code.constants) {
        if matches!(before, Constant::Function(_)) {
            *constant = before.clone();
        }
    }
    read
}

#[test]
fn functions_come_from_images_where_it_is_asked_for() {
    let mut context = Context::default();
    let code = code_of("let a = 1; (() => () => [a, 1])()", &mut context);
    // It uses a variable of the realm; so does what made it, and the script declares it.
    assert_eq!(COUNTS.get(), if *IS_ON { [0, 3] } else { [0, 0] });
    assert!(code.undecoded.is_none());
    let code = code_of("(() => () => 1)()", &mut context);
    assert_eq!(COUNTS.get(), if *IS_ON { [3, 3] } else { [0, 0] });
    assert_eq!(code.undecoded.is_some(), *IS_ON);
}

/// The code of the function that a script gives.
fn code_of(source: &str, context: &mut Context) -> Gc<CodeBlock> {
    let value = context.eval(Source::from_bytes(source)).expect("a value");
    let function = value.as_object().expect("a function");
    let function = function.downcast_ref::<OrdinaryFunction>();
    function.expect("a function").code.clone()
}

//! Defining a getter or a setter of a class: one way for all instructions that do.
//!
//! In: the function, the class or its prototype, and the name. Out: the property, which keeps its other half.

use boa_macros::js_str;

use crate::{
    Context, JsExpect, JsResult, JsValue,
    builtins::function::{OrdinaryFunction, set_function_name},
    object::internal_methods::InternalMethodPropertyContext,
    property::{PropertyDescriptor, PropertyKey},
    vm::opcode::{IndexOperand, RegisterOperand},
};

/// Which half of a property.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accessor {
    Getter,
    Setter,
}

/// What happens if an object refuses the property: a class may have one of its own by this name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Ignored,
    Thrown,
}

impl Accessor {
    /// Defines one whose name is a constant.
    #[inline(never)]
    pub(super) fn define_by_name(
        self,
        (function, object, index): (RegisterOperand, RegisterOperand, IndexOperand),
        context: &mut Context,
    ) -> JsResult<()> {
        let code = context.vm.frame().code_block();
        let key = code.constant_string(index.into()).into();
        self.define((function, object), key, Refused::Ignored, context)
    }

    /// Defines one whose name was computed.
    #[inline(never)]
    pub(super) fn define_by_value(
        self,
        (function, key, object): (RegisterOperand, RegisterOperand, RegisterOperand),
        refused: Refused,
        context: &mut Context,
    ) -> JsResult<()> {
        let key = context.vm.get_register(key.into()).clone();
        let key = key.to_property_key(context)?;
        self.define((function, object), key, refused, context)
    }

    fn define(
        self,
        (function, object): (RegisterOperand, RegisterOperand),
        key: PropertyKey,
        refused: Refused,
        context: &mut Context,
    ) -> JsResult<()> {
        let function = context.vm.get_register(function.into()).clone();
        let object = context.vm.get_register(object.into()).clone();
        let object = object.as_object().js_expect("class must be object")?;
        {
            let function_object = function
                .as_object()
                .js_expect("method must be function object")?;
            let prefix = match self {
                Self::Getter => js_str!("get"),
                Self::Setter => js_str!("set"),
            };
            set_function_name(&function_object, &key, Some(prefix), context)?;
            function_object
                .downcast_mut::<OrdinaryFunction>()
                .js_expect("method must be function object")?
                .set_home_object(object.clone());
        }
        let there = object
            .__get_own_property__(&key, &mut InternalMethodPropertyContext::new(context))?;
        let there = there.as_ref();
        let (get, set): (Option<JsValue>, Option<JsValue>) = match self {
            Self::Getter => (Some(function), there.and_then(PropertyDescriptor::set).cloned()),
            Self::Setter => (there.and_then(PropertyDescriptor::get).cloned(), Some(function)),
        };
        let property = PropertyDescriptor::builder()
            .maybe_get(get)
            .maybe_set(set)
            .enumerable(false)
            .configurable(true)
            .build();
        if refused == Refused::Thrown {
            object.define_property_or_throw(key, property, context)?;
        } else {
            let context = &mut InternalMethodPropertyContext::new(context);
            object.__define_own_property__(&key, property, context)?;
        }
        Ok(())
    }
}

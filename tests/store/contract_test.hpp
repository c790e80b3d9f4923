#pragma once
// What store.hpp promises, held against every back end in the same words. A back end's test program includes
// this once and instantiates StoreContract with a way to make a BackEnd.
#include "tests/store/contract/changes.hpp"
#include "tests/store/contract/history.hpp"
#include "tests/store/contract/logins.hpp"
#include "tests/store/contract/objects.hpp"

package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.id.CommandId;
import io.holdfast.replicationrouter.session.RouterError;

/** Where the outcome of a command goes. */
interface CommandAnswers {
    void ok(CommandId command);

    void failed(CommandId command, RouterError code, String message);
}

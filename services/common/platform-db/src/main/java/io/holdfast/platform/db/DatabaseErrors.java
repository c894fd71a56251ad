package io.holdfast.platform.db;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.kafka.FailureKind;
import io.holdfast.platform.rest.ExceptionMappers;
import io.quarkus.narayana.jta.QuarkusTransactionException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.OptimisticLockException;
import jakarta.persistence.PersistenceException;
import jakarta.transaction.RollbackException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** What the database's failures mean to a caller: somebody else was faster, come again, or a defect. */
@Singleton
public class DatabaseErrors {
    private final ExceptionMappers mappers;

    @Inject
    public DatabaseErrors(ExceptionMappers mappers) {
        this.mappers = mappers;
    }

    @ServerExceptionMapper
    public Response map(PersistenceException error, ContainerRequestContext request) {
        return explain(error, request);
    }

    /** Thrown by a declared transaction whose commit failed. */
    @ServerExceptionMapper
    public Response map(RollbackException error, ContainerRequestContext request) {
        return explain(error, request);
    }

    /** Thrown by a transaction that was begun in code; wraps what the code threw. */
    @ServerExceptionMapper
    public Response map(QuarkusTransactionException error, ContainerRequestContext request) {
        return explain(error, request);
    }

    private Response explain(Throwable error, ContainerRequestContext request) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof HoldfastException ours) {
                return mappers.map(ours, request);
            }
            if (cause instanceof OptimisticLockException) {
                return mappers.map(
                        new HoldfastException(
                                CommonError.CONCURRENT_MODIFICATION,
                                "somebody else changed this at the same time; read it again and repeat",
                                error),
                        request);
            }
        }
        return FailureKind.of(error) == FailureKind.OUTAGE
                ? mappers.map(
                        new HoldfastException(
                                CommonError.DEPENDENCY_UNAVAILABLE, "the database does not answer now", error),
                        request)
                : mappers.map(error, request);
    }
}

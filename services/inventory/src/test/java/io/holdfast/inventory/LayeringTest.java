package io.holdfast.inventory;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The layering of architecture, section 2, as a rule of the build. */
@AnalyzeClasses(packages = "io.holdfast.inventory", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    @ArchTest
    static final ArchRule FEATURES_KNOW_THE_JDK_AND_THE_KERNEL_ONLY = classes()
            .that()
            .resideOutsideOfPackage("..adapter..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "io.holdfast.kernel..",
                    "io.holdfast.inventory",
                    "io.holdfast.inventory.site..",
                    "io.holdfast.inventory.host..",
                    "io.holdfast.inventory.mirror..",
                    "io.holdfast.inventory.pairing..",
                    "io.holdfast.inventory.vm..")
            .because("the rules of identity have to be tested, read and kept without a framework in the way");

    @ArchTest
    static final ArchRule NO_SERVICE_IMPORTS_ANOTHER = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.holdfast.protectiongroup..",
                    "io.holdfast.replicationrouter..",
                    "io.holdfast.journalstore..",
                    "io.holdfast.recoveryplan..",
                    "io.holdfast.replicationagent..",
                    "io.holdfast.localsite..")
            .because("services share contracts in proto and nothing else, so that each can be replaced alone");

    @ArchTest
    static final ArchRule REST_AND_KAFKA_DO_NOT_REACH_INTO_TABLES = noClasses()
            .that()
            .resideInAnyPackage("..adapter.rest..", "..adapter.kafka..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..adapter.persistence..")
            .because("entity, domain type and representation are three things, and only stores know the first");
}

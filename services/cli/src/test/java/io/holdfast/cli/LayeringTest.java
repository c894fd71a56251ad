package io.holdfast.cli;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;

@AnalyzeClasses(packages = "io.holdfast.cli", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    @ArchTest
    static final ArchRule THE_CLIENT_OF_A_SITE_KNOWS_NO_COMMANDS = ArchRuleDefinition.noClasses()
            .that()
            .resideInAnyPackage("io.holdfast.cli.site..", "io.holdfast.cli.output..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.holdfast.cli.command..", "picocli..")
            .because("how words are read must not leak into how a site is asked and things are shown");

    @ArchTest
    static final ArchRule THE_WAY_HOME_KNOWS_NO_COMMANDS = ArchRuleDefinition.noClasses()
            .that()
            .resideInAPackage("io.holdfast.cli.failback..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.holdfast.cli.command..", "picocli..")
            .because("what comes next follows from what both sites say, and from nothing that was typed before");

    @ArchTest
    static final ArchRule NOTHING_BUT_THE_REST_INTERFACE_IS_SHARED_WITH_THE_SERVICES = ArchRuleDefinition.classes()
            .that()
            .resideInAPackage("io.holdfast.cli..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.holdfast.cli..", "java..", "javax.net.ssl..", "com.fasterxml.jackson..", "picocli..")
            .because("the command has to work with sites of other versions");
}

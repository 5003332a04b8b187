# Part of an installation: the files that the installed programs make, or that name the folder they
# are installed to. CMakeLists.txt beside this sets SOURCE and VERSION before.
set(root $ENV{DESTDIR})
set(prefix ${CMAKE_INSTALL_PREFIX})
set(share ${root}${prefix}/share)
set(etc ${prefix}/etc)
if(prefix STREQUAL "/usr")
  set(etc /etc)
endif()
set(packaging ${SOURCE}/server/packaging)

# output_of(VARIABLE PROGRAM ARGUMENT...): what an installed program prints for a user who has set
# nothing, once it is where it is to be, on a machine with any number of processors.
function(output_of variable program)
  execute_process(COMMAND env -i LANG=C.UTF-8 HOME=~ ${root}${prefix}/bin/${program} ${ARGN}
    OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "${root}${prefix}/" "${prefix}/" text "${text}")
  string(REGEX REPLACE "(--workers TEXT)=[0-9]+" "\\1" text "${text}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

output_of(bash percept completion bash)
file(WRITE ${share}/bash-completion/completions/percept "${bash}")
output_of(zsh percept completion zsh)
file(WRITE ${share}/zsh/vendor-completions/_percept "${zsh}")

# man_page(NAME SECTION SUMMARY): a program's help, as a page of man.
function(man_page name section summary)
  output_of(HELP ${name} --help)
  string(REPLACE "\\" "\\e" HELP "${HELP}")
  string(REPLACE "-" "\\-" HELP "${HELP}")
  string(REGEX REPLACE "(^|\n)([.'])" "\\1\\\\&\\2" HELP "${HELP}")
  set(NAME ${name})
  set(SECTION ${section})
  set(SUMMARY ${summary})
  configure_file(${packaging}/page.man.in ${share}/man/man${section}/${name}.${section} @ONLY)
  # As Debian has them, always to the same bytes.
  execute_process(COMMAND gzip --force --best --no-name ${share}/man/man${section}/${name}.${section}
    COMMAND_ERROR_IS_FATAL ANY)
endfunction()
man_page(percept 1 "the command line of Percept")
man_page(perceptd 8 "the server of Percept")

set(BIN ${prefix}/bin)
set(DOC ${prefix}/share/doc/percept)
set(CONF ${etc}/percept/perceptd.conf)
configure_file(${packaging}/perceptd.service.in ${root}${prefix}/lib/systemd/system/perceptd.service @ONLY)
file(MAKE_DIRECTORY ${root}${etc}/percept)
# A server's own options outlive another installation; in a package the system sees to that.
if(NOT EXISTS ${root}${CONF})
  configure_file(${packaging}/perceptd.conf ${root}${CONF} COPYONLY)
endif()

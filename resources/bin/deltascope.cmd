@echo off
rem The command line of an installed Deltascope. Without a command it opens the window.
setlocal
if "%~1"=="" (
  start "" "%~dp0..\Deltascope.exe"
  exit /b 0
)
set ELECTRON_RUN_AS_NODE=1
"%~dp0..\Deltascope.exe" "%~dp0..\resources\app.asar\out\main\cli.js" %*

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The root certificate for Windows: a script that holds it, and one line that loads it. Windows PowerShell 5.1 and later."""

from __future__ import annotations

from .root import Root

# Plain ASCII: Windows PowerShell takes a script without a byte order mark for its old code page.
_SCRIPT = """\
# Lets Windows recognise the chat: adds its root certificate, once you have compared the fingerprint.
#
#   powershell -ExecutionPolicy Bypass -File {file}              for you alone
#   powershell -ExecutionPolicy Bypass -File {file} -AllUsers    for everybody on this computer, as administrator
#   powershell -ExecutionPolicy Bypass -File {file} -Remove      takes it away again
#
# -Yes asks nothing, for those who compared it before they hand it out.
[CmdletBinding()]
param(
    [switch] $AllUsers,
    [switch] $Remove,
    [switch] $Yes
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$expected = '{sha256}'
$bytes = [Convert]::FromBase64String(@'
{base64}
'@)

$sha256 = [Security.Cryptography.SHA256]::Create()
$found = [BitConverter]::ToString($sha256.ComputeHash($bytes)) -replace '-', ''
if ($found -ne $expected) {{
    throw 'This file is damaged: the certificate in it is not the one that it names. Load it again.'
}}

$certificate = New-Object Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $bytes)
$place = if ($AllUsers) {{ 'LocalMachine' }} else {{ 'CurrentUser' }}
$store = New-Object Security.Cryptography.X509Certificates.X509Store -ArgumentList 'Root', $place

Write-Host "Certificate:  $($certificate.Subject)"
Write-Host "Valid until:  $($certificate.NotAfter.ToString('yyyy-MM-dd'))"
Write-Host "SHA-256:      $(($found -split '(.{{4}})' | Where-Object {{ $_ }}) -join ' ')"

if (-not $Remove -and -not $Yes) {{
    $answer = Read-Host 'Is this number the same as on the printed sheet? Type yes to go on'
    if ($answer -ne 'yes') {{
        throw 'Nothing was changed.'
    }}
}}

$store.Open('ReadWrite')
try {{
    if ($Remove) {{
        $store.Remove($certificate)
        Write-Host 'It is not trusted any more.'
    }} else {{
        $store.Add($certificate)
        Write-Host 'Done. Close the browser and open it again.'
    }}
}} finally {{
    $store.Close()
}}
"""

# Windows PowerShell's progress bar makes a load take minutes, so it is off
_LINE = (
    "$ProgressPreference='SilentlyContinue'; $f=Join-Path $env:TEMP '{name}'; "
    "Invoke-WebRequest -UseBasicParsing '{url}' -OutFile $f; "
    "if ((Get-FileHash $f -Algorithm SHA256).Hash -ne '{sha256}') {{ throw 'Not the right certificate' }}; "
    "Import-Certificate $f -CertStoreLocation Cert:\\CurrentUser\\Root"
)


def script(file: str, root: Root) -> str:
    """Return a script that holds the root, shows what it is, asks, and adds it; lines end as Windows wants them."""
    return _SCRIPT.format(file=file, sha256=root.sha256, base64=root.base64).replace("\n", "\r\n")


def line(url: str, root: Root) -> str:
    """Return one line that loads the root from C(url), holds it against its fingerprint and adds it for who types it."""
    return _LINE.format(name=url.rsplit("/", 1)[-1], url=url, sha256=root.sha256)

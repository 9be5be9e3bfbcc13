-- Runs after the grants on every table: what is on a certificate's paper stands for ever, and so do signed corrections.

revoke update on certificate, certificate_point, certificate_scan, certificate_signature from isotherm_app;
revoke update on sensor_correction from isotherm_app;

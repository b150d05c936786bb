{#- Close of `days` rows ago relative to today's (the inverse of the usual rate of change). -#}
{% macro alpha158_roc(days) %}
    close_{{ days }}_ago / close
{% endmacro %}

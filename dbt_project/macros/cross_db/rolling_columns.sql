{% macro rolling_columns(relation) %}
    {{- return(adapter.dispatch('rolling_columns', 'mlx')(relation)) -}}
{% endmacro %}


{#- PostgreSQL computes a window of double precision anew for every row, and a lag costs as much as
    fifteen additions. So a ticker's days become arrays, and windows are put together from the
    windows of five and ten days that end 5, 10, ... 50 days ago. Nothing is ever subtracted from a
    running sum: a value depends on the rows of its window alone. -#}
{% macro default__rolling_columns(relation) %}
with

daily as (
    {{ array_columns(relation, rolling_arrays()) | indent(4) }}
),

fives as (
    {{ array_windows('daily', [1, 2, 3, 4], rolling_fives(), rolling_five_columns()) | indent(4) }}
),

tens as (
    {{ array_windows('fives', [5], rolling_tens(), rolling_ten_columns()) | indent(4) }}
),

thirties as (
    {{ array_windows('tens', [10, 20], rolling_thirties(), rolling_thirty_columns()) | indent(4) }}
),

windows as (
    {{ rolling_layers('thirties') | indent(4) }}
)

select * from windows
{% endmacro %}
